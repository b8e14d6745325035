"""The runner of a job: its image, what it may use, its environment and its secrets."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, field

from hawk.specs.found import found
from hawk.specs.part import Part
from hawk.specs.values import Quantity, Text


def _name_fault(name: str) -> str | None:
    if "=" in name or not name.isprintable() or " " in name:
        return f"expected the name of an environment variable, found {found(name)}"
    return None


def _value_fault(value: str) -> str | None:
    return "expected text, found a null character in it" if "\0" in value else None


VariableName = Annotated[str, Meta(min_length=1, pattern=r"^[^=\s]+$", extra={"check": _name_fault})]
VariableValue = Annotated[str, Meta(extra={"check": _value_fault})]


class SecretSpec(Part, frozen=True, kw_only=True):
    """A secret that must be there before anything starts."""

    name: Annotated[VariableName, Meta(description="The environment variable that holds it.")]
    description: Annotated[str | None, Meta(description="What it is for; shown where it is missing.")] = None


class RunnerSpec(Part, frozen=True, kw_only=True):
    """How the job is run. ``image_tag``, ``memory`` and ``cpu`` count only where jobs run in containers."""

    image_tag: Annotated[Text | None, Meta(description="The tag of the runner's image.")] = None
    memory: Annotated[Quantity | None, Meta(description="The most memory it may use, such as 16Gi.")] = None
    cpu: Annotated[Quantity | None, Meta(description="The most CPU it may use, such as 2 or 500m.")] = None
    secrets: Annotated[tuple[SecretSpec, ...], Meta(description="Secrets that the job needs.")] = ()
    environment: Annotated[
        dict[VariableName, VariableValue],
        Meta(description="Environment variables of the job, over any secret of the same name."),
    ] = field(default_factory=dict[str, str])
