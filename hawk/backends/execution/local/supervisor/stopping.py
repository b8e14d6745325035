"""What is done to a runner that was asked to stop: when it is told to end, and when it is ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Step = Literal["wait", "terminate", "end"]
EARLY_GRACE = 2.0
"""Seconds for a runner that has no sample running yet: it has nothing to save."""

_WORKING = frozenset({"running", "finishing"})


@dataclass
class Stopping:
    """The enforcement of one stop. ``grace`` is seconds without progress, ``cap`` seconds at all."""

    grace: float
    cap: float
    reason: str | None = None
    _since: float | None = None
    _moved: float = 0.0
    _seen: object = None
    _told: float | None = field(default=None)

    def step(self, now: float, progress: dict[str, Any], *, at_once: bool) -> Step:
        """What to do at the (monotonic) time ``now``, given the runner's newest progress."""
        if self._since is None:
            self._since = self._moved = now
        if at_once:
            return self._end("it was to end at once")
        if progress.get("phase") not in _WORKING or self._told is not None:
            return self._step_early(now)
        return self._step_working(now, self._since, progress)

    def _step_early(self, now: float) -> Step:
        if self._told is None:
            self._told = now
            return "terminate"
        if now - self._told >= EARLY_GRACE:
            return self._end(f"it did not end within {EARLY_GRACE:g} s")
        return "wait"

    def _step_working(self, now: float, since: float, progress: dict[str, Any]) -> Step:
        seen = _state_of_work(progress)
        if seen != self._seen:
            self._seen, self._moved = seen, now
        if now - since >= self.cap:
            return self._end(f"it had not ended after {self.cap:g} s")
        if now - self._moved >= self.grace:
            return self._end(f"it made no progress for {self.grace:g} s")
        return "wait"

    def _end(self, reason: str) -> Step:
        self.reason = reason
        return "end"


def _state_of_work(progress: dict[str, Any]) -> object:
    # Tokens don't count: a sample that goes on generating in spite of the stop makes no progress.
    tasks: list[dict[str, Any]] = progress.get("tasks") or []
    return progress.get("phase"), [(task.get("status"), task.get("samples")) for task in tasks]
