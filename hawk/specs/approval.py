"""Who approves tool calls."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from hawk.specs.part import Part
from hawk.specs.values import Text


class Approver(Part, frozen=True, kw_only=True):
    """One approver and the tools (names or globs) that it decides on."""

    name: Annotated[Text, Meta(description="The approver's name in Inspect's registry.")]
    tools: Annotated[tuple[str, ...], Meta(description="Names or globs of tools.")]
    args: Annotated[dict[str, Any] | None, Meta(description="Arguments of the approver.")] = None


class Approval(Part, frozen=True, kw_only=True):
    """Approvers in the order in which they are asked."""

    approvers: Annotated[tuple[Approver, ...], Meta(description="The first that decides wins.")]
