"""One sample as Markdown: what it was asked, what was said, and how it was scored."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from hawk.cli.rendering.times import stamp
from hawk.cli.rendering.values import score
from hawk.cli.text import clean, one_line
from hawk.results.types import MessageView, Sample, ScoreView, Transcript

_TITLES = {"system": "System", "user": "User", "assistant": "Assistant", "tool": "Tool Result"}


def markdown(transcript: Transcript) -> str:
    """The whole sample. What a model wrote is text: nothing of it can drive a terminal."""
    blocks = [
        "# Sample Transcript",
        "\n".join(_facts(transcript)),
        "## Input",
        *_blocks(transcript.input),
        "## Target",
        transcript.target or "(none)",
        "## Conversation",
        *_blocks(transcript.messages),
        *_scores(transcript.scores),
        "## Metadata",
        "\n".join(_metadata(transcript)),
    ]
    return clean("\n\n".join(block.strip("\n") for block in blocks if block.strip()))


def _facts(transcript: Transcript) -> Iterator[str]:
    sample = transcript.sample
    yield f"- **UUID**: {sample.uuid or sample.id}"
    yield f"- **Task**: {one_line(sample.task)}"
    yield f"- **Model**: {one_line(sample.model)}"
    yield f"- **Sample ID**: {one_line(str(sample.sample_id))}"
    yield f"- **Epoch**: {sample.epoch}"
    yield f"- **Eval set**: {one_line(sample.eval_set_id)}"
    yield f"- **Status**: {_status(transcript)}"


def _status(transcript: Transcript) -> str:
    error = transcript.error or transcript.sample.error
    if error:
        return f"error - {one_line(error)}"
    return f"limit: {transcript.sample.limit}" if transcript.sample.limit else transcript.sample.status


def _blocks(messages: tuple[MessageView, ...]) -> Iterator[str]:
    for message in messages:
        yield f"### {_title(message)}"
        if message.reasoning:
            yield f"<thinking>\n{message.reasoning}\n</thinking>"
        yield message.text
        for call in message.tool_calls:
            arguments = msgspec.json.format(msgspec.json.encode(call.arguments), indent=2).decode()
            yield f"<tool_call {one_line(call.id)}>\n{one_line(call.function)}\n{arguments}\n</tool_call>"
        if message.error:
            yield f"**Error:** {message.error}"


def _title(message: MessageView) -> str:
    title = _TITLES.get(message.role, message.role)
    about = message.function if message.role == "tool" else message.model
    return one_line(f"{title} ({about})" if about else title)


def _scores(scores: tuple[ScoreView, ...]) -> Iterator[str]:
    if not scores:
        return
    yield "## Scores"
    rows = ["| Scorer | Value | Answer | Explanation |", "| --- | --- | --- | --- |"]
    for one in scores:
        cells = (one.scorer, score(one.value), one.answer or "", one.explanation or "")
        rows.append("| " + " | ".join(one_line(cell).replace("|", "\\|") for cell in cells) + " |")
    yield "\n".join(rows)


def _metadata(transcript: Transcript) -> Iterator[str]:
    sample = transcript.sample
    yield f"- **Started**: {stamp(sample.started_at)}"
    yield f"- **Completed**: {stamp(sample.completed_at)}"
    yield from _times(sample)
    for model, used in transcript.usage.items():
        yield f"- **{one_line(model)}**: {used.total:,} tokens ({used.input:,} in, {used.output:,} out)"


def _times(sample: Sample) -> Iterator[str]:
    for name, seconds in (("Total time", sample.total_time), ("Working time", sample.working_time)):
        if seconds is not None:
            yield f"- **{name}**: {seconds:.2f}s"
