"""An approver, for configs that want tool calls looked at."""

from __future__ import annotations

from inspect_ai.approval import Approval, Approver, approver
from inspect_ai.model import ChatMessage
from inspect_ai.tool import ToolCall, ToolCallView


@approver
def cautious(longest: int = 100) -> Approver:
    """Rejects calls whose arguments are longer than ``longest`` characters, approves the others."""

    async def approve(
        message: str,  # noqa: ARG001
        call: ToolCall,
        view: ToolCallView,  # noqa: ARG001
        history: list[ChatMessage],  # noqa: ARG001
    ) -> Approval:
        size = len(str(call.arguments))
        decision = "approve" if size <= longest else "reject"
        return Approval(decision=decision, explanation=f"the arguments have {size} characters")

    return approve
