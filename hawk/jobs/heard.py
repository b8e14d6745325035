"""What a runner said over HTTP, put together with what its backend has evidence for: pure functions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy.engine import RowMapping

from hawk.backends.execution.protocol import Observation
from hawk.specs.control import Outcome, Progress

SILENCE = 30.0
"""Seconds without a word after which a job is called unresponsive: three heartbeats at their slowest."""

_AT_WORK = frozenset({"running", "finishing"})


def with_heartbeat(seen: Observation, row: RowMapping, heard: RowMapping | None) -> Observation:
    """An observation with what the runner said, where the backend knows less.

    What an attempt said that has a successor, or one of another launch, counts for nothing.
    """
    newest = max((one.attempt for one in seen.attempts if one.launch == seen.launch), default=0)
    if heard is None or heard["launch"] != seen.launch or heard["attempt"] < newest:
        return seen
    said = _kept(row["progress"])
    if said is None or (said.launch, said.attempt) != (seen.launch, heard["attempt"]):
        return _with_outcome(seen, heard)
    told = seen.progress
    if told is None or (told.launch, told.attempt, told.time) < (said.launch, said.attempt, said.time):
        seen = msgspec.structs.replace(seen, progress=said)
    if seen.state == "starting" and said.phase in _AT_WORK:
        seen = msgspec.structs.replace(seen, state="running", since=said.running_since or seen.since)
    return _with_outcome(seen, heard)


def silent_seconds(heard_at: datetime | None, now: datetime) -> float | None:
    """For how long a running job said nothing; None where that is no cause for worry."""
    seconds = (now - heard_at).total_seconds() if heard_at is not None else 0.0
    return seconds if seconds >= SILENCE else None


def _with_outcome(seen: Observation, heard: RowMapping) -> Observation:
    """The runner's own word on its end, where the backend has none of its own."""
    if heard["outcome"] is None or seen.reason is not None or seen.state not in {"succeeded", "failed"}:
        return seen
    outcome = msgspec.convert(heard["outcome"], Outcome)
    state = "stopped" if seen.state == "failed" and outcome.stopped else seen.state
    return msgspec.structs.replace(seen, state=state, reason=outcome.reason)


def _kept(progress: Any) -> Progress | None:
    try:
        return msgspec.convert(progress, Progress) if progress else None
    except msgspec.ValidationError:
        return None  # Another Hawk's runner wrote it.
