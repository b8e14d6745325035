"""The events of a sample, in the order in which Inspect records them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from inspect_ai.dataset import Sample
from inspect_ai.event import (
    Event,
    InfoEvent,
    ModelEvent,
    SampleInitEvent,
    ScoreEvent,
    SpanBeginEvent,
    SpanEndEvent,
    StateEvent,
    ToolEvent,
)
from inspect_ai.model import ChatMessage, ChatMessageAssistant, ChatMessageTool, GenerateConfig, ModelOutput
from inspect_ai.scorer import Score
from inspect_ai.tool import ToolInfo, ToolParams
from inspect_ai.util._json import JSONSchema

from benchmarks.logs.text import Text

START = datetime(2026, 3, 1, tzinfo=UTC)
MODEL = "scripted/careful"

_TOOLS = [
    ToolInfo(
        name="bash",
        description="Run a command in the sandbox and give back what it printed.",
        parameters=ToolParams(properties={"command": JSONSchema(type="string")}, required=["command"]),
    )
]


class Recorder:
    """Records the events of one sample, each a second after the one before."""

    def __init__(self, number: int, text: Text) -> None:
        self._text = text
        self._start = START + timedelta(seconds=number)
        self._spans: list[str] = []
        self.events: list[Event] = []

    @property
    def now(self) -> datetime:
        return self._start + timedelta(seconds=len(self.events))

    def init(self, sample: Sample) -> None:
        self._add(SampleInitEvent, sample=sample, state={"messages": []})

    def begin(self, name: str, kind: str | None = None) -> None:
        span, parent = self._text.id(), self._spans[-1] if self._spans else None
        self._spans.append(span)
        self._add(SpanBeginEvent, id=span, parent_id=parent, name=name, type=kind)

    def end(self) -> None:
        self._add(SpanEndEvent, id=self._spans[-1])
        self._spans.pop()

    def model(self, messages: list[ChatMessage], output: ModelOutput) -> None:
        done = self.now + timedelta(seconds=0.9)
        self._add(
            ModelEvent,
            model=MODEL,
            input=list(messages),
            tools=_TOOLS,
            tool_choice="auto",
            config=GenerateConfig(),
            output=output,
            completed=done,
            working_time=0.9,
        )

    def tool(self, asked: ChatMessageAssistant, answer: ChatMessageTool) -> None:
        (call,) = asked.tool_calls or []
        self.begin(call.function, "tool")
        done = self.now + timedelta(seconds=0.5)
        self._add(
            ToolEvent,
            id=call.id,
            function=call.function,
            arguments=call.arguments,
            result=answer.text,
            completed=done,
            working_time=0.5,
            message_id=answer.id,
        )
        self.end()

    def state(self, messages: list[ChatMessage]) -> None:
        change = {"op": "replace", "path": "/output/completion", "value": messages[-1].text}
        self._add(StateEvent, changes=[change])

    def info(self, note: str) -> None:
        self._add(InfoEvent, source="agent", data={"note": note})

    def score(self, scorer: str, score: Score, target: str) -> None:
        self.begin(scorer, "scorer")
        self._add(ScoreEvent, score=score, scorer=scorer, target=target)
        self.end()

    def _add(self, kind: Any, **values: Any) -> None:
        span = self._spans[-1] if self._spans else None
        at = float(len(self.events))
        self.events.append(
            kind(uuid=self._text.id(), span_id=span, timestamp=self.now, working_start=at, **values)
        )


def tool_turns(messages: list[ChatMessage]) -> Iterator[tuple[int, ChatMessageAssistant]]:
    """The messages of the model, with the place of each."""
    for at, message in enumerate(messages):
        if isinstance(message, ChatMessageAssistant):
            yield at, message
