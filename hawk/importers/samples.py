"""One sample of a log as rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime

import msgspec

from hawk.importers.decoding import Undecodable, clean, clean_text, decode, optional_text
from hawk.importers.records import SAMPLE, EventRecord, SampleRecord, ScoreRecord
from hawk.importers.values import Row, parse_time, score_number, seconds, token_values, usage_rows

OLD_SCORER = "score"
"""The name for the one score of logs that did not name scorers."""


class SampleRows(msgspec.Struct, frozen=True):
    """What is stored of one sample. ``sample_name`` is its member's name.

    The rows lack what the database gives: ``log_id``, ``sample_pk``.
    """

    id: str
    sample_name: str
    sample: Row
    scores: list[Row]
    usage: list[Row]


def sample_rows(data: bytes, location: str) -> SampleRows:
    """The rows of one sample's JSON. Raises Undecodable where it is no sample."""
    record = decode(data, SAMPLE)
    if not 0 <= record.epoch < 2**31:
        raise Undecodable("its epoch is no number that a sample has")
    if isinstance(record.id, str) and clean_text(record.id) != record.id:
        # Two such ids could come to the same text.
        raise Undecodable("its id is no plain text")
    scores = _final_scores(record)
    final = {score["scorer"]: score for score in scores}
    row_id = sample_row_id(location, record.id, record.epoch)
    headline = scores[0]["number"] if scores else None
    sample = {
        "id": row_id,
        "uuid": optional_text(record.uuid),
        "sample_id": str(record.id),
        "sample_id_is_integer": isinstance(record.id, int),
        "epoch": record.epoch,
        "status": _status(record),
        "error": clean_text(record.error.message) if record.error else None,
        "limit": clean_text(record.limit.type) if record.limit else None,
        "scores": {name: score["value"] for name, score in final.items()},
        "score": headline,
        "messages": len(record.messages),
        "tool_calls": sum(event.event == "tool" for event in _events(record)),
        "text_size": 0,
        "retries": None if record.error_retries is None else len(record.error_retries),
        "total_time": seconds(record.total_time),
        "working_time": seconds(record.working_time),
        **_times(record),
        **_invalidation(record),
        **token_values((record.model_usage or {}).values()),
    }
    intermediate = list(_intermediate_scores(record))
    numbered = [{**row, "position": at} for at, row in enumerate([*final.values(), *intermediate])]
    return SampleRows(
        row_id, member_name(record.id, record.epoch), sample, numbered, usage_rows(record.model_usage)
    )


def sample_row_id(location: str, sample_id: str | int, epoch: int) -> str:
    """The id of a sample's row: of the log, the sample and the epoch only, so a rebuild gives it again."""
    text = f"{location}\0{sample_id}\0{epoch}"
    return hashlib.blake2b(text.encode(errors="backslashreplace"), digest_size=12).hexdigest()


def member_name(sample_id: str | int, epoch: int) -> str:
    """The member of an archive that holds a sample."""
    return f"samples/{sample_id}_epoch_{epoch}.json"


def _status(record: SampleRecord) -> str:
    if record.error is not None:
        return "error"
    return "limit" if record.limit is not None else "success"


def _events(record: SampleRecord) -> list[EventRecord]:
    return record.transcript.events if record.transcript is not None else record.events


def _times(record: SampleRecord) -> Row:
    """Start and end as the log has them; logs before Inspect 0.3.90 tell by their events only."""
    started, completed = parse_time(record.started_at), parse_time(record.completed_at)
    events = _events(record)
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


def _final_scores(record: SampleRecord) -> list[Row]:
    found = record.scores if record.scores is not None else {}
    if record.score is not None:
        found = {OLD_SCORER: record.score}
    completed = _times(record)["completed_at"]
    return [
        _score(name, score, intermediate=False, at=_edited_at(score) or completed)
        for name, score in found.items()
    ]


def _intermediate_scores(record: SampleRecord) -> Iterator[Row]:
    for event in _events(record):
        if event.event == "score" and event.intermediate and event.score is not None:
            name = event.scorer or "intermediate"
            yield _score(name, event.score, intermediate=True, at=parse_time(event.timestamp))


def _score(name: str, score: ScoreRecord, *, intermediate: bool, at: datetime | None) -> Row:
    return {
        "scorer": clean_text(name),
        "intermediate": intermediate,
        "value": clean(score.value),
        "number": score_number(score.value),
        "answer": optional_text(score.answer),
        "explanation": optional_text(score.explanation),
        "metadata": clean(score.metadata),
        "scored_at": at,
    }


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
