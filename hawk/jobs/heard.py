"""What a runner said over HTTP, put together with what its backend has evidence for: pure functions."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy.engine import RowMapping

from hawk.backends.execution.protocol import Observation
from hawk.specs.control import AT_WORK, Outcome, Progress

SILENCE = 30.0
"""Seconds without a word after which a job is called unresponsive: three heartbeats at their slowest."""


def with_heartbeat(seen: Observation, row: RowMapping, heard: RowMapping | None) -> Observation:
    """An observation with what the runner said, where the backend knows less.

    What an attempt said that has a successor, or one of another launch, counts for nothing.
    """
    newest = max((one.attempt for one in seen.attempts if one.launch == seen.launch), default=0)
    if heard is None or heard["launch"] != seen.launch or heard["attempt"] < newest:
        return seen
    said = kept_progress(row["progress"])
    if said is None or (said.launch, said.attempt) != (seen.launch, heard["attempt"]):
        return _with_outcome(seen, heard)
    told = seen.progress
    if told is None or (told.launch, told.attempt, told.time) < (said.launch, said.attempt, said.time):
        seen = msgspec.structs.replace(seen, progress=said)
    if seen.state == "starting" and said.phase in AT_WORK:
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


def kept_progress(kept: object) -> Progress | None:
    """The newest report as a row has it; None for one that another Hawk's runner wrote in its own way.

    The counts in the row's own columns are still good then.
    """
    try:
        return msgspec.convert(kept, Progress) if kept else None
    except msgspec.ValidationError:
        return None
