"""A config's approval as Inspect takes it."""

from __future__ import annotations

from typing import cast

from inspect_ai.approval import ApprovalPolicy, Approver

from hawk.runner.registry import Registry
from hawk.specs.approval import Approval


def approval_of(approval: str | Approval | None, registry: Registry) -> str | list[ApprovalPolicy] | None:
    """The name of an approver or the path of a policy as it is; approvers with their tools as policies.

    An approver of a package is named as ``package/approver``.
    """
    if approval is None or isinstance(approval, str):
        return approval
    return [
        ApprovalPolicy(cast("Approver", registry.create("approver", one.name, one.args)), list(one.tools))
        for one in approval.approvers
    ]
