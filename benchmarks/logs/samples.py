"""Samples as Inspect has them in memory when they are done."""

from __future__ import annotations

from inspect_ai.dataset import Sample
from inspect_ai.log import EvalSample
from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageTool,
    ChatMessageUser,
    ModelOutput,
    ModelUsage,
)
from inspect_ai.scorer import Score
from inspect_ai.tool import ToolCall

from benchmarks.logs.events import MODEL, Recorder, tool_turns
from benchmarks.logs.shapes import Shape
from benchmarks.logs.text import Text

_SYSTEM = "You are a careful engineer. Work in the sandbox, and say what you found."
_USAGE = ModelUsage(input_tokens=900, output_tokens=100, total_tokens=1_000)


def sample(number: int, shape: Shape) -> EvalSample:
    """The sample of a number, the same at each run."""
    text = Text(number)
    messages = _messages(shape, text)
    recorder = Recorder(number, text)
    scores = {f"scorer{at}": _score(shape, text) for at in range(shape.scorers)}
    target = text.piece(24)
    started = recorder.now
    _record(recorder, messages, scores, target, [text.about(200) for _ in range(shape.notes)])
    return EvalSample(
        id=number,
        epoch=1,
        input=messages[1].text,
        target=target,
        messages=messages,
        output=_output(messages[-1]),
        scores=scores,
        metadata={"difficulty": number % 5, "topic": f"topic-{number % 40}"},
        events=recorder.events,
        model_usage={MODEL: _used(shape.turns + 1)},
        started_at=started.isoformat(),
        completed_at=recorder.now.isoformat(),
        total_time=float(len(recorder.events)),
        working_time=0.9 * shape.turns,
        uuid=text.id(),
    )


def _messages(shape: Shape, text: Text) -> list[ChatMessage]:
    messages: list[ChatMessage] = [
        ChatMessageSystem(id=text.id(), content=_SYSTEM),
        ChatMessageUser(id=text.id(), content=text.about(shape.chars)),
    ]
    for _ in range(shape.turns):
        call = ToolCall(id=text.id(), function="bash", arguments={"command": text.piece(80)})
        said = text.about(shape.chars // 2)
        messages.append(ChatMessageAssistant(id=text.id(), content=said, tool_calls=[call], model=MODEL))
        printed = text.about(shape.chars * 3 // 2)
        messages.append(ChatMessageTool(id=text.id(), content=printed, tool_call_id=call.id, function="bash"))
    messages.append(ChatMessageAssistant(id=text.id(), content=text.about(shape.chars), model=MODEL))
    return messages


def _record(
    recorder: Recorder, messages: list[ChatMessage], scores: dict[str, Score], target: str, notes: list[str]
) -> None:
    recorder.begin("init")
    recorder.init(Sample(input=messages[1].text, target=target))
    recorder.end()
    recorder.begin("solvers")
    recorder.begin("agent", "agent")
    for at, message in tool_turns(messages):
        recorder.model(messages[:at], _output(message))
        if message.tool_calls:
            answer = messages[at + 1]
            assert isinstance(answer, ChatMessageTool)
            recorder.tool(message, answer)
    for note in notes:
        recorder.info(note)
    recorder.state(messages)
    recorder.end()
    recorder.end()
    recorder.begin("scorers")
    for scorer, score in scores.items():
        recorder.score(scorer, score, target)
    recorder.end()


def _output(message: ChatMessage) -> ModelOutput:
    assert isinstance(message, ChatMessageAssistant)
    reason = "tool_calls" if message.tool_calls else "stop"
    choice = ChatCompletionChoice(message=message, stop_reason=reason)
    return ModelOutput(model=MODEL, choices=[choice], usage=_USAGE, time=0.9)


def _score(shape: Shape, text: Text) -> Score:
    value = "C" if text.random.random() < 0.6 else "I"
    return Score(value=value, answer=text.piece(24), explanation=text.about(min(shape.chars, 400)))


def _used(calls: int) -> ModelUsage:
    return ModelUsage(input_tokens=900 * calls, output_tokens=100 * calls, total_tokens=1_000 * calls)
