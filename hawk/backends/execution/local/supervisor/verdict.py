"""What the end of an attempt means for the launch: over, or once more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .causes import NEVER_RESTARTED

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0


@dataclass(frozen=True)
class End:
    """How an attempt ended. ``exit_code`` None: it never began. ``enforced``: why a stop ended it."""

    attempt: int
    exit_code: int | None
    cause: str | None
    outcome: dict[str, Any]
    enforced: str | None = None


@dataclass(frozen=True)
class Verdict:
    """The end of a launch, in the words of an observation."""

    state: str
    reason: str | None


def judge(end: End, *, stop_asked: bool, max_restarts: int) -> Verdict | None:
    """The launch's end, or None where there is to be another attempt."""
    if stop_asked and (end.exit_code != 0 or end.outcome.get("stopped")):
        return Verdict("stopped", _reason_of_stop(end))
    if end.exit_code == 0:
        return Verdict("succeeded", end.outcome.get("reason"))
    if end.exit_code in NEVER_RESTARTED:
        return Verdict("failed", end.outcome.get("reason") or end.cause)
    if end.attempt <= max_restarts:
        return None
    times = f"{end.attempt} times; last" if end.attempt > 1 else "once"
    return Verdict("failed", f"crashed {times}: {end.cause}")


def pause_before(attempt: int) -> float:
    """Seconds to wait before an attempt (the second is the first to wait)."""
    return min(_FIRST_PAUSE * 2.0 ** (attempt - 2), _LONGEST_PAUSE)


def _reason_of_stop(end: End) -> str:
    if end.enforced:
        return f"stopped: {end.enforced}"
    return end.outcome.get("reason") or "stopped"
