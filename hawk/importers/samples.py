"""One sample of a log as rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from hawk.importers.decoding import Undecodable, clean, clean_text, name_text, optional_text
from hawk.importers.headlines import sample_headline
from hawk.importers.records import HeadlineRecord
from hawk.importers.sample_records import EventRecord, SampleRecord, ScoreRecord
from hawk.importers.values import Row, finite, parse_time, score_number, seconds, token_values, usage_rows

SHOWN = 300
"""Letters of an input or a target that lists may show."""

LONGEST_ID = 2000
"""Bytes of a sample's id: an index of PostgreSQL takes no more than 2,700, other columns included."""

OLD_SCORER = "score"
"""The name for the one score of logs that did not name scorers."""


class SampleRows(msgspec.Struct, frozen=True):
    """What is stored of one sample, without what the log and the database give.

    ``sample_name`` is its member's name; ``models`` are those that it called.
    """

    id: str
    sample_name: str
    sample: Row
    scores: list[Row]
    usage: list[Row]
    models: frozenset[str]


def sample_rows(record: SampleRecord, location: str, headline: HeadlineRecord | None = None) -> SampleRows:
    """The rows of one sample. ``headline`` is the score that the task names as the one that counts.

    Raises Undecodable where it is no sample.
    """
    check_identity(record.id, record.epoch)
    finals = {clean_text(name): score for name, score in final_scores(record).items()}
    times = _times(record)
    scores = [_final_score(name, score, times["completed_at"]) for name, score in finals.items()]
    row_id = sample_row_id(location, record.id, record.epoch)
    sample = {
        "id": row_id,
        **_identity(record),
        **_outcome(record),
        "scores": {score["scorer"]: score["value"] for score in scores},
        "score": sample_headline(scores, headline),
        **_work(record),
        **times,
        **_invalidation(record),
        **token_values((record.model_usage or {}).values()),
    }
    told = [*scores, *_intermediate_scores(record)]
    return SampleRows(
        row_id,
        member_name(record.id, record.epoch),
        sample,
        [{**row, "position": at} for at, row in enumerate(told)],
        usage_rows(record.model_usage),
        frozenset(_models(record)),
    )


def check_identity(sample_id: str | int, epoch: int) -> None:
    """Raise Undecodable for what can't be a sample's id or epoch."""
    if not 0 <= epoch < 2**31:
        raise Undecodable("its epoch is no number that a sample has")
    if isinstance(sample_id, str) and clean_text(sample_id) != sample_id:
        # Two such ids could come to the same text.
        raise Undecodable("its id is no plain text")
    if len(str(sample_id).encode()) > LONGEST_ID:
        raise Undecodable(f"its id has more than {LONGEST_ID:,} bytes")


def sample_row_id(location: str, sample_id: str | int, epoch: int) -> str:
    """The id of a sample's row: of the log, the sample and the epoch only, so a rebuild gives it again."""
    text = f"{location}\0{sample_id}\0{epoch}"
    return hashlib.blake2b(text.encode(errors="backslashreplace"), digest_size=12).hexdigest()


def member_name(sample_id: str | int, epoch: int) -> str:
    """The member of an archive that holds a sample."""
    return f"samples/{sample_id}_epoch_{epoch}.json"


def final_scores(record: SampleRecord) -> dict[str, ScoreRecord]:
    """What scorers said in the end, by their names."""
    if record.score is not None:
        return {OLD_SCORER: record.score}
    return record.scores or {}


def _identity(record: SampleRecord) -> Row:
    target = record.target if isinstance(record.target, str) else ", ".join(record.target)
    return {
        "uuid": None if record.uuid is None else name_text(record.uuid),
        "sample_id": str(record.id),
        "sample_id_is_integer": isinstance(record.id, int),
        "epoch": record.epoch,
        "input": _beginning(_asked(record)),
        "target": _beginning(target),
    }


def _asked(record: SampleRecord) -> str:
    """What the sample was given; of messages the last one of a user."""
    attachments = record.known_attachments
    if isinstance(record.input, str):
        return attachments.text(record.input)
    asked = [one for one in record.input if one.role == "user"] or record.input
    content = asked[-1].content if asked else ""
    if isinstance(content, str):
        return attachments.text(content)
    return " ".join(attachments.text(part.text) for part in content if isinstance(part.text, str))


def _beginning(text: str) -> str:
    return clean_text(text[:SHOWN])


def _outcome(record: SampleRecord) -> Row:
    error, limit = record.error, record.limit
    return {
        "status": _status(record),
        "error": clean_text(error.message) if error else None,
        "traceback": optional_text(error.traceback) if error else None,
        "limit": clean_text(limit.type) if limit else None,
        "limit_value": finite(limit.limit) if limit and limit.limit is not None else None,
    }


def _work(record: SampleRecord) -> Row:
    events = record.all_events
    waits = [event.working_time for event in events if event.event == "model"]
    generation = [finite(time) or 0.0 for time in waits if isinstance(time, int | float)]
    return {
        "messages": len(record.messages),
        "tool_calls": sum(event.event == "tool" for event in events),
        "retries": None if record.error_retries is None else len(record.error_retries),
        "generation_time": seconds(sum(generation)) if generation else None,
        "total_time": seconds(record.total_time),
        "working_time": seconds(record.working_time),
    }


def _models(record: SampleRecord) -> Iterator[str]:
    """Models that were called, by the names that they were asked for by."""
    yield from map(name_text, record.model_usage or ())
    for event in record.all_events:
        if event.event == "model" and isinstance(event.model, str):
            yield name_text(event.model)


def _status(record: SampleRecord) -> str:
    if record.error is not None:
        return "error"
    return "limit" if record.limit is not None else "success"


def _times(record: SampleRecord) -> Row:
    """Start and end as the log has them; logs before Inspect 0.3.90 tell by their events only."""
    started, completed = parse_time(record.started_at), parse_time(record.completed_at)
    events = record.all_events
    return {
        "started_at": started or (parse_time(events[0].timestamp) if events else None),
        "completed_at": completed or _end_of(events),
    }


def _end_of(events: list[EventRecord]) -> datetime | None:
    """When the work ended, before it was scored: scoring may come days later."""
    end = None
    for event in events:
        if event.event == "sample_limit":
            return parse_time(event.timestamp)
        if event.event == "score" and not event.intermediate:
            return end or parse_time(event.timestamp)
        end = parse_time(event.timestamp) or end
    return end


def _final_score(name: str, score: ScoreRecord, completed: datetime | None) -> Row:
    return _score(name, score, intermediate=False, at=_edited_at(score) or completed)


def _intermediate_scores(record: SampleRecord) -> Iterator[Row]:
    for event in record.all_events:
        if event.event == "score" and event.intermediate and event.score is not None:
            name = event.scorer or "intermediate"
            yield _score(name, event.score, intermediate=True, at=parse_time(event.timestamp))


def _score(name: str, score: ScoreRecord, *, intermediate: bool, at: datetime | None) -> Row:
    return {
        "scorer": name_text(name),
        "intermediate": intermediate,
        "value": clean(score.value),
        "number": score_number(score.value),
        "answer": optional_text(score.answer),
        "explanation": optional_text(score.explanation),
        "metadata": clean(score.metadata),
        "history": _history(score),
        "scored_at": at,
    }


def _history(score: ScoreRecord) -> Any:
    """How a score was changed by hand, the scorer's own first; None where it never was."""
    return clean(msgspec.to_builtins(score.history)) or None


def _edited_at(score: ScoreRecord) -> datetime | None:
    last = score.history[-1].provenance if score.history else None
    return parse_time(last.timestamp) if last else None


def _invalidation(record: SampleRecord) -> Row:
    found = record.invalidation
    return {
        "invalidated_at": parse_time(found.timestamp) if found else None,
        "invalidated_by": optional_text(found.author) if found else None,
        "invalidated_reason": optional_text(found.reason) if found else None,
    }
