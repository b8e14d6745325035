"""What the records of a job say, as an observation: pure functions of what was read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from hawk.backends.execution.protocol import AttemptEvidence, Observation, ObservedState
from hawk.specs.control import AT_WORK, Progress

Event = Literal["launched", "queued", "attempt-started", "attempt-ended", "restarting", "finished"]
FinishState = Literal["succeeded", "failed", "stopped"]
_GONE = "its supervisor ended before it"


class Record(msgspec.Struct, frozen=True):
    """A line of ``attempts.jsonl``; which fields there are depends on the event."""

    time: datetime
    event: Event
    launch: int
    attempt: int = 0
    pid: int = 0
    start: str = ""
    boot: str = ""
    mark: str = ""
    exit_code: int | None = None
    cause: str | None = None
    state: FinishState | None = None
    reason: str | None = None
    held: bool = False


class Lost(msgspec.Struct, frozen=True):
    """That a launch was found without a supervisor and without an end, and when."""

    launch: int
    time: datetime
    reason: str


_record = msgspec.json.Decoder(Record)


def decode_records(data: bytes) -> tuple[Record, ...]:
    """The records in a journal. A line that a crash tore is passed over."""
    return tuple(record for line in data.split(b"\n") if line and (record := _decode(line)))


def newest_launch(records: Sequence[Record]) -> tuple[Record, ...]:
    """The records of the newest launch, from its beginning; empty where nothing was launched."""
    begun = [at for at, record in enumerate(records) if record.event == "launched"]
    return tuple(records[begun[-1] :]) if begun else ()


def is_finished(records: Sequence[Record]) -> bool:
    """Whether the newest launch has recorded its end."""
    newest = newest_launch(records)
    return bool(newest) and newest[-1].event == "finished"


def observe_records(
    job_id: str,
    records: Sequence[Record],
    *,
    lost: Lost | None = None,
    progress: Progress | None = None,
    lock: str | None = None,
) -> Observation | None:
    """The observation of a job, None where it was never launched.

    ``lost`` counts only for the newest launch and only if that recorded no end.
    """
    newest = newest_launch(records)
    if not newest:
        return None
    launch = newest[0].launch
    mine = progress if progress and progress.launch == launch else None
    state, reason, since = _state(newest, mine, lost if lost and lost.launch == launch else None)
    return Observation(
        job_id=job_id,
        launch=launch,
        state=state,
        reason=reason,
        since=since,
        attempts=_attempts(records, over=state == "lost"),
        progress=mine,
        lock=lock,
        held=state == "queued" and _is_held(newest[-1]),
    )


def _state(
    newest: tuple[Record, ...], progress: Progress | None, lost: Lost | None
) -> tuple[ObservedState, str | None, datetime]:
    last = newest[-1]
    if last.event == "attempt-ended":  # What comes of it is recorded next: until then nothing changes.
        last = next((one for one in reversed(newest) if one.event == "attempt-started"), last)
    if last.event == "finished":
        return last.state or "failed", last.reason, last.time
    if lost:
        return "lost", lost.reason, lost.time
    if last.event == "attempt-started" and progress and progress.attempt == last.attempt:
        if progress.phase in AT_WORK:
            return "running", None, progress.running_since or last.time
        return "starting", None, last.time
    waits = last.event == "queued" or _is_held(last)
    return ("queued" if waits else "starting"), last.reason, last.time


def _is_held(last: Record) -> bool:
    """Whether the last thing that happened is a launch that is not to run yet."""
    return last.event == "launched" and last.held


def _attempts(records: Sequence[Record], *, over: bool) -> tuple[AttemptEvidence, ...]:
    found: dict[tuple[int, int], AttemptEvidence] = {}
    for record in records:
        key = (record.launch, record.attempt)
        if record.event == "attempt-started":
            found[key] = AttemptEvidence(record.launch, record.attempt, record.time)
        elif record.event == "attempt-ended":
            found[key] = _ended(found.get(key), record)
    newest = records[-1].launch if records else 0
    return tuple(
        _abandoned(one) if one.ended_at is None and (over or one.launch < newest) else one
        for one in found.values()
    )


def _ended(begun: AttemptEvidence | None, record: Record) -> AttemptEvidence:
    # Without a beginning: it could not be started at all.
    started = begun.started_at if begun else record.time
    return AttemptEvidence(
        record.launch, record.attempt, started, record.time, record.exit_code, record.cause
    )


def _abandoned(attempt: AttemptEvidence) -> AttemptEvidence:
    return msgspec.structs.replace(attempt, cause=_GONE)


def _decode(line: bytes) -> Record | None:
    try:
        return _record.decode(line)
    except msgspec.DecodeError:
        return None
