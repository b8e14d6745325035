"""Tasks, and the solvers and agents that solve them."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from hawk.specs.part import Part
from hawk.specs.runner import SecretSpec
from hawk.specs.values import Text

Args = Annotated[dict[str, Any] | None, Meta(description="Arguments of the function that makes it.")]

SampleIds = Annotated[tuple[str | int, ...], Meta(min_length=1)]


class TaskItem(Part, frozen=True, kw_only=True):
    """One task."""

    name: Annotated[Text, Meta(description="The task's name in the package.")]
    args: Args = None
    sample_ids: Annotated[SampleIds | None, Meta(description="Run only these samples of the dataset.")] = None
    secrets: Annotated[tuple[SecretSpec, ...], Meta(description="Secrets that this task needs.")] = ()


class SolverItem(Part, frozen=True, kw_only=True):
    """One solver."""

    name: Annotated[Text, Meta(description="The solver's name in the package.")]
    args: Args = None


class AgentItem(Part, frozen=True, kw_only=True):
    """One agent."""

    name: Annotated[Text, Meta(description="The agent's name in the package.")]
    args: Args = None
