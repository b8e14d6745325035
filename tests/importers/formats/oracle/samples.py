"""The rows of a sample."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.importers.formats.oracle.scores import final_scores
from tests.importers.formats.oracle.values import number, plain, summed, time, tokens

SHOWN = 300
"""Letters of an input or a target that are stored."""


def sample_row(log: Any, sample: Any) -> dict[str, Any]:
    scores = final_scores(log, sample)
    invalidation = sample.invalidation
    return {
        "task_id": log.eval.task_id,
        "uuid": sample.uuid,
        "sample_id": str(sample.id),
        "sample_id_is_integer": isinstance(sample.id, int),
        "epoch": sample.epoch,
        "input": plain(asked(sample.input)[:SHOWN]),
        "target": plain(
            ", ".join([sample.target] if isinstance(sample.target, str) else sample.target)[:SHOWN]
        ),
        "status": "error" if sample.error else "limit" if sample.limit else "success",
        "error": plain(sample.error.message) if sample.error else None,
        "limit": sample.limit.type if sample.limit else None,
        "traceback": plain(sample.error.traceback) if sample.error else None,
        "limit_value": sample.limit.limit if sample.limit else None,
        "scores": {name: plain(score.value) for name, score in scores.items()},
        "score": headline(log.eval.headline_metric, scores),
        "messages": len(sample.messages),
        "tool_calls": sum(event.event == "tool" for event in sample.events),
        "retries": None if sample.error_retries is None else len(sample.error_retries),
        "generation_time": generation_time(sample),
        "total_time": sample.total_time,
        "working_time": sample.working_time,
        "started_at": started(sample),
        "completed_at": completed(sample),
        "invalidated_at": time(invalidation.timestamp) if invalidation else None,
        "invalidated_by": plain(invalidation.author) if invalidation else None,
        "invalidated_reason": plain(invalidation.reason) if invalidation else None,
        **summed(list(sample.model_usage.values())),
    }


def headline(wanted: Any, scores: dict[str, Any]) -> float | None:
    """The number of the score that the task names, else of the first."""
    if not scores:
        return None
    if wanted is None or wanted.scorer not in scores:
        return number(next(iter(scores.values())).value)
    value = scores[wanted.scorer].value
    return number(value[wanted.score] if isinstance(value, dict) else value)


def asked(given: Any) -> str:
    """The input; of messages the text of the last one of a user."""
    if isinstance(given, str):
        return given
    last = next(message for message in reversed(given) if message.role == "user")
    return (
        last.text
        if isinstance(last.content, str)
        else " ".join(part.text for part in last.content if part.type == "text")
    )


def generation_time(sample: Any) -> float | None:
    found = [event.working_time for event in sample.events if event.event == "model"]
    known = [one for one in found if one is not None]
    return sum(known) if known else None


def sample_usage_rows(sample: Any) -> dict[str, dict[str, Any]]:
    return {model: tokens(used) for model, used in sample.model_usage.items()}


def started(sample: Any) -> datetime | None:
    first = sample.events[0].timestamp if sample.events else None
    return time(sample.started_at) or time(first)


def completed(sample: Any) -> datetime | None:
    """The log's own time; else that of the last event before it was scored, or of the limit that ended it."""
    if sample.completed_at:
        return time(sample.completed_at)
    limits = [event for event in sample.events if event.event == "sample_limit"]
    scored = next((at for at, event in enumerate(sample.events) if is_final_score(event)), len(sample.events))
    if limits and sample.events.index(limits[0]) < scored:
        return time(limits[0].timestamp)
    before = sample.events[:scored] or sample.events[:1]
    return time(before[-1].timestamp) if before else None


def is_final_score(event: Any) -> bool:
    return event.event == "score" and not event.intermediate
