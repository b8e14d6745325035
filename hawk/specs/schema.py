"""The JSON Schema of a config, for editors. It says what the decoder says, as far as a schema can."""

from __future__ import annotations

import re
from typing import Any, TypeAlias

import msgspec

from hawk.errors import InvalidConfig
from hawk.specs.generate_config import GENERATE_CONFIG
from hawk.specs.inspect_options import OPTIONS, OWNED
from hawk.specs.load import KINDS
from hawk.specs.packages import BUILTIN

Schema: TypeAlias = dict[str, Any]
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_REFERENCE = "#/$defs/{name}"


def json_schema(kind: str) -> Schema:
    """JSON Schema 2020-12 of a config of this kind. Raises ``InvalidConfig`` for an unknown kind."""
    if kind not in KINDS:
        raise InvalidConfig(f"Hawk doesn't know configs of the kind {kind!r}.")
    root = KINDS[kind]
    _, parts = msgspec.json.schema_components((root,), ref_template=_REFERENCE)
    parts = {name: _part(part) for name, part in parts.items()}
    top = parts.pop(root.__name__)
    _forward(top)
    parts["GetModelArgs"]["properties"]["config"] |= _closed(GENERATE_CONFIG)
    for name in [name for name in parts if name.endswith("Package")]:
        parts[name] |= _NAMED_UNLESS_BUILT_IN
    return {"$schema": _DIALECT} | top | {"title": f"Hawk {kind}", "$defs": parts}


_NAMED_UNLESS_BUILT_IN: Schema = {
    "if": {"properties": {"package": {"const": BUILTIN}}, "required": ["package"]},
    "else": {"properties": {"name": {"type": "string"}}, "required": ["name"]},
}


def _part(part: Schema) -> Schema:
    """Null is as good as leaving a field out, and room for other keys is no field."""
    properties = {name: each for name, each in part["properties"].items() if name != "extra"}
    required = part.get("required", [])
    return part | {
        "description": re.sub(
            r"`+|:\w+:|\s+", lambda found: " " if found[0].isspace() else "", part["description"]
        ),
        "properties": {
            name: each if name in required else _nullable(each) for name, each in properties.items()
        },
        "additionalProperties": True,
    }


def _forward(top: Schema) -> None:
    """Inspect's options beside the config's own fields."""
    top["properties"] |= {name: _value(kind) for name, kind in OPTIONS.items()}
    top["properties"] |= {
        name: {"not": {}, "description": f"Not here: {why}."} for name, why in OWNED.items()
    }


def _closed(fields: dict[str, Any]) -> Schema:
    properties = {name: _value(kind) for name, kind in fields.items()}
    return {"properties": properties, "additionalProperties": False}


def _value(kind: Any) -> Schema:
    return _nullable(msgspec.json.schema(kind))


def _nullable(schema: Schema) -> Schema:
    choices = schema.get("anyOf", [])
    if not schema or schema.get("type") == "null" or {"type": "null"} in choices:
        return schema
    about = {key: schema[key] for key in ("description", "default") if key in schema}
    plain = {key: each for key, each in schema.items() if key not in about}
    return {"anyOf": [*(choices or [plain]), {"type": "null"}]} | about
