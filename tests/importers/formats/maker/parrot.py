"""A model without a network, and its tools. Runs under every release of Inspect that has tools."""

from __future__ import annotations

from typing import Any

import inspect_ai.model as models
from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessageAssistant,
    ContentText,
    GenerateConfig,
    ModelAPI,
    ModelOutput,
    ModelUsage,
    modelapi,
)
from inspect_ai.tool import ToolCall, ToolError, tool

ODD = "odd: ü 漢 🦜 nul\0end"
LONG = "the parrot says a long line that repeats itself. " * 6
REASONING = "First I weigh what a parrot would weigh. " * 4
"""Long enough to be stored as an attachment."""

CALLS = [
    ("recite", {"line": LONG, "nested": {"deep": ["short", LONG + "deeper"]}}),
    ("refuse", {"why": "because"}),
]


@tool
def recite() -> Any:
    async def execute(line: str, nested: dict[str, Any]) -> str:
        """Recite a line.

        Args:
            line: What to say.
            nested: What else.
        """
        return f"recited {line} {sorted(nested)} {ODD}"

    return execute


@tool
def refuse() -> Any:
    async def execute(why: str) -> str:
        """Refuse to work.

        Args:
            why: The reason.
        """
        msg = f"the parrot refuses {why}"
        raise ToolError(msg)

    return execute


@modelapi(name="parrot")
class parrot(ModelAPI):  # noqa: N801 - the name of the provider
    """Calls its tools once where it has some, then answers ``Default``."""

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig = GenerateConfig(),  # noqa: B008 - Inspect's own signature
        **_: Any,
    ) -> None:
        try:
            super().__init__(model_name, base_url, api_key, [], config)
        except TypeError:
            super().__init__(model_name, base_url, config)

    async def generate(
        self,
        input: list[Any],  # noqa: A002 - Inspect's own signature
        tools: list[Any],
        tool_choice: Any,
        config: Any,
    ) -> ModelOutput:
        turn = sum(message.role == "assistant" for message in input)
        names = {getattr(one, "name", "") for one in tools}
        calls = [
            ToolCall(id=f"call-{turn}-{name}", function=name, arguments=arguments, type="function")
            for name, arguments in CALLS
            if name in names and not turn
        ]
        message = ChatMessageAssistant(
            content=_content(bool(calls)), tool_calls=calls or None, source="generate"
        )
        reason: Any = "tool_calls" if calls else "stop"
        return ModelOutput(
            model=self.model_name,
            choices=[ChatCompletionChoice(message=message, stop_reason=reason)],
            usage=_usage(turn),
        )


def _content(calling: bool) -> Any:
    if calling:
        return "I use my tools."
    text = f"Default {ODD}"
    if not hasattr(models, "ContentReasoning"):
        return text
    return [models.ContentReasoning(reasoning=REASONING), ContentText(text=text)]


def _usage(turn: int) -> ModelUsage:
    told: dict[str, Any] = {
        "input_tokens": 3_000_000_000 + turn,
        "output_tokens": 5,
        "total_tokens": 3_000_000_005 + turn,
        "input_tokens_cache_read": 7,
        "input_tokens_cache_write": 3,
        "reasoning_tokens": 2,
        "total_cost": 0.25,
    }
    return ModelUsage(**{name: value for name, value in told.items() if name in ModelUsage.model_fields})
