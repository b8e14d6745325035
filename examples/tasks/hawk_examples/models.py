"""Models without a network: ``scripted/<any name>``."""

from __future__ import annotations

from typing import Any

import anyio
from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageTool,
    ContentReasoning,
    ContentText,
    GenerateConfig,
    ModelAPI,
    ModelOutput,
    ModelUsage,
    RetryDecision,
    modelapi,
)
from inspect_ai.tool import ToolCall, ToolChoice, ToolInfo
from tenacity.wait import wait_base, wait_fixed

from hawk_examples.script import Script

_CHARACTERS_A_TOKEN = 4


class RateLimited(Exception):
    """What a provider answers that has had enough (HTTP 429)."""

    status_code = 429


@modelapi(name="scripted")
class scripted(ModelAPI):  # noqa: N801 - the name of the provider
    """Answers sums by a script: right as often as ``accuracy`` says, the same way each time.

    ``delay`` is seconds for each call. The first ``rate_limits`` calls are refused as by a provider
    that has had enough, and tried again after ``retry_after`` seconds. ``thinks`` puts a line of
    reasoning before an answer. Given tools, it calls the calculator and submits the result.
    """

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig = GenerateConfig(),  # noqa: B008 - Inspect's own signature
        accuracy: float = 0.8,
        delay: float = 0.0,
        rate_limits: int = 0,
        retry_after: float = 0.2,
        thinks: bool = False,
        **unknown: Any,
    ) -> None:
        if unknown:
            msg = f"A scripted model takes no argument {', '.join(sorted(unknown))}."
            raise TypeError(msg)
        super().__init__(model_name, base_url, api_key, [], config)
        self._script = Script(name=model_name, accuracy=accuracy)
        self._delay, self._refusals, self._retry_after, self._thinks = delay, rate_limits, retry_after, thinks

    async def generate(
        self,
        input: list[ChatMessage],  # noqa: A002 - Inspect's own signature
        tools: list[ToolInfo],
        tool_choice: ToolChoice,  # noqa: ARG002
        config: GenerateConfig,  # noqa: ARG002
    ) -> ModelOutput:
        """One turn of the script."""
        await anyio.sleep(self._delay)
        if self._refusals > 0:
            self._refusals -= 1
            msg = "too many requests"
            raise RateLimited(msg)
        message = self._turn(input, {tool.name for tool in tools})
        reason = "tool_calls" if message.tool_calls else "stop"
        return ModelOutput(
            model=self.model_name,
            choices=[ChatCompletionChoice(message=message, stop_reason=reason)],
            usage=_usage(input, message),
        )

    def should_retry(self, ex: BaseException) -> RetryDecision:
        """A refusal passes; anything else is a fault of the script."""
        if isinstance(ex, RateLimited):
            return RetryDecision.rate_limit(retry_after=self._retry_after)
        return RetryDecision.no()

    def retry_wait(self) -> wait_base:
        """The same short wait each time."""
        return wait_fixed(self._retry_after)

    def _turn(self, messages: list[ChatMessage], tools: set[str]) -> ChatMessageAssistant:
        question = next((message.text for message in messages if message.role == "user"), "")
        results = [message for message in messages if isinstance(message, ChatMessageTool)]
        if "calculator" in tools and not results:
            return self._call("calculator", {"expression": self._script.expression(question)}, len(messages))
        answer = self._script.answer(question)
        if "submit" in tools:
            return self._call("submit", {"answer": answer}, len(messages))
        return ChatMessageAssistant(content=self._content(answer), model=self.model_name, source="generate")

    def _call(self, tool: str, arguments: dict[str, str], turn: int) -> ChatMessageAssistant:
        call = ToolCall(id=f"call-{turn}", function=tool, arguments=arguments)
        return ChatMessageAssistant(
            content=self._content(f"I use {tool}."),
            tool_calls=[call],
            model=self.model_name,
            source="generate",
        )

    def _content(self, text: str) -> str | list[ContentReasoning | ContentText]:
        if not self._thinks:
            return text
        return [ContentReasoning(reasoning="Let me work this out step by step."), ContentText(text=text)]


def _usage(messages: list[ChatMessage], answer: ChatMessageAssistant) -> ModelUsage:
    asked = sum(len(message.text) for message in messages) // _CHARACTERS_A_TOKEN + 1
    answered = len(answer.text) // _CHARACTERS_A_TOKEN + 1
    return ModelUsage(input_tokens=asked, output_tokens=answered, total_tokens=asked + answered)
