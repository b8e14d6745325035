"""A logged sample as a reader sees it: text as text, everything else named in brackets."""

from __future__ import annotations

from hawk.importers.attachments import Attachments
from hawk.importers.samples import OLD_SCORER
from hawk.importers.values import usage_rows
from hawk.results.logged import LoggedContent, LoggedMessage, LoggedSample, LoggedToolError
from hawk.results.types import MessageView, Sample, ScoreView, ToolCallView, Transcript
from hawk.specs.control import TokenCounts

_ALTERNATIVES = " | "


def transcript_of(row: Sample, logged: LoggedSample) -> Transcript:
    """The transcript of the sample whose row is ``row``. Several targets are joined by a bar."""
    attachments = Attachments(logged.transcript.content if logged.transcript else logged.attachments)
    target = logged.target
    return Transcript(
        sample=row,
        input=_input(logged.input, attachments),
        target=target if isinstance(target, str) else _ALTERNATIVES.join(target),
        messages=tuple(message_view(one, attachments) for one in logged.messages),
        scores=_scores(row, logged),
        error=logged.error.message if logged.error else None,
        usage={
            row["model"]: TokenCounts(row["tokens_input"], row["tokens_output"], row["tokens_total"])
            for row in usage_rows(logged.model_usage)
        },
    )


def message_view(message: LoggedMessage, attachments: Attachments) -> MessageView:
    """One message. Parts follow each other on lines of their own."""
    content = message.content
    parts = [LoggedContent("text", content)] if isinstance(content, str) else content
    shown = [_shown(part, attachments) for part in parts if part.type != "reasoning"]
    return MessageView(
        role=message.role,
        text="\n".join(shown),
        reasoning=_reasoning(parts, attachments),
        model=message.model,
        function=message.function,
        error=_error(message.error) if message.error else message.tool_error,
        tool_calls=tuple(
            ToolCallView(call.id, call.function, attachments.arguments(call.arguments))
            for call in message.tool_calls or ()
        ),
    )


def _input(given: str | list[LoggedMessage], attachments: Attachments) -> tuple[MessageView, ...]:
    if isinstance(given, str):
        return (MessageView(role="user", text=given),)
    return tuple(message_view(one, attachments) for one in given)


def _shown(part: LoggedContent, attachments: Attachments) -> str:
    match part.type:
        case "text":
            return attachments.text(part.text)
        case "tool_use":
            return _tool_use(part, attachments)
        case "document" if part.filename:
            return f"[Document: {part.filename}]"
        case _:
            return f"[{part.type.capitalize()} content]"


def _tool_use(part: LoggedContent, attachments: Attachments) -> str:
    """A tool that ran at the model's provider: no message of its own tells what came of it."""
    call = f"[Tool used by the provider: {part.name} {attachments.text(part.arguments)}]"
    outcome = f"[Error: {attachments.text(part.error)}]" if part.error else attachments.text(part.result)
    return f"{call}\n{outcome}" if outcome else call


def _reasoning(parts: list[LoggedContent], attachments: Attachments) -> str | None:
    found = [_thought(part, attachments) for part in parts if part.type == "reasoning"]
    return "\n".join(found) if found else None


def _thought(part: LoggedContent, attachments: Attachments) -> str:
    """A redacted thought is the provider's cipher; only its summary is for readers."""
    if part.redacted:
        return part.summary or "[Redacted]"
    return attachments.text(part.reasoning) or part.summary or ""


def _error(error: LoggedToolError) -> str:
    return error.message if error.type == "unknown" else f"{error.type}: {error.message}"


def _scores(row: Sample, logged: LoggedSample) -> tuple[ScoreView, ...]:
    """What scorers said. An old log's one score has no name but what its results tell: the row has it."""
    scores = logged.scores
    if scores is None:
        scores = {next(iter(row.scores), OLD_SCORER): logged.score} if logged.score else {}
    return tuple(
        ScoreView(scorer=scorer, value=score.value, answer=score.answer, explanation=score.explanation)
        for scorer, score in scores.items()
    )
