"""Models, and how Inspect is to get them."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from hawk.specs.generate_config import GENERATE_CONFIG, config_faults
from hawk.specs.part import Json, OpenPart, Part
from hawk.specs.values import Text
from hawk.specs.wording import did_you_mean


def _key_fault(value: Json) -> str:  # noqa: ARG001
    return (
        "expected nothing, found a key: a config is stored and shown, and the key with it; "
        "give it as a secret (--secret NAME)"
    )


class GetModelArgs(OpenPart, frozen=True, kw_only=True):
    """Arguments of Inspect's ``get_model``; keys that are not named here go to the model's provider."""

    role: Annotated[str | None, Meta(description="The role that the model plays.")] = None
    default: Annotated[str | None, Meta(description="The model where the role has none.")] = None
    config: Annotated[
        dict[str, Any] | None,
        Meta(description="Inspect's GenerateConfig.", extra={"faults": config_faults}),
    ] = None
    base_url: Annotated[str | None, Meta(description="Where the provider answers.")] = None
    memoize: Annotated[bool, Meta(description="Use one instance for equal arguments.")] = True

    api_key: Annotated[
        Any,
        Meta(
            description="Not here: give it as a secret.",
            extra={"check": _key_fault},
            extra_json_schema={"type": "null"},
        ),
    ] = None

    @classmethod
    def extra_doubt(cls, key: str) -> str | None:
        """A provider's arguments are its own; what looks like one of Inspect's deserves a word."""
        if key in GENERATE_CONFIG:
            return "goes to the model's provider as it is; Inspect's own settings belong under `config`"
        near = did_you_mean(key, cls.__struct_fields__)
        return "goes to the model's provider as it is" if near else None


class ModelItem(Part, frozen=True, kw_only=True):
    """One model: ``provider/model`` where it is built in, its name in the package otherwise."""

    name: Annotated[Text, Meta(description="The model's name.")]
    args: GetModelArgs | None = None
