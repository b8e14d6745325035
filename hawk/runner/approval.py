"""A config's approval as Inspect takes it."""

from __future__ import annotations

from typing import Any

from inspect_ai.approval import ApprovalPolicy, Approver
from inspect_ai.util import registry_create

from hawk.specs.approval import Approval


def approval_of(approval: str | Approval | None) -> str | list[ApprovalPolicy] | None:
    """The name of an approver or the path of a policy as it is; approvers with their tools as policies."""
    if approval is None or isinstance(approval, str):
        return approval
    return [ApprovalPolicy(_create(one.name, one.args or {}), list(one.tools)) for one in approval.approvers]


def _create(name: str, args: dict[str, Any]) -> Approver:
    return registry_create("approver", name, **args)
