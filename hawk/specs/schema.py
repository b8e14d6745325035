"""The JSON Schema of a config, for editors."""

from __future__ import annotations

from typing import Any

import msgspec

from hawk.specs.load import KINDS


def json_schema(kind: str) -> dict[str, Any]:
    """JSON Schema 2020-12 of a config of this kind."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | msgspec.json.schema(KINDS[kind])
