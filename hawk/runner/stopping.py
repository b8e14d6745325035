"""Stops the run, or one of its samples, by Inspect's own means."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hawk.runner.control_server import Absent, ControlServer, Refused, Silent, TaskCancel
from hawk.runner.tally import Tally
from hawk.specs.control import Desired, Phase, StopSample

_UNREACHABLE, _NOW = 3.0, 3.0
"""Seconds: without Inspect's server before the run is cancelled directly; until `now` is over."""


@dataclass
class Stop:
    """A stop that was asked for. ``bit`` says that it cut something short."""

    score: bool
    now: bool
    since: float
    bit: bool = False
    answered: float = 0.0


class Stopping:
    """Obeys a stop step by step, from one thread. A stop that was asked for is never taken back.

    ``end`` leaves the process at once, with the outcome written.
    """

    def __init__(self, tally: Tally, say: Callable[[str], None], end: Callable[[str], None]) -> None:
        self._server, self._tally, self._say, self._end = ControlServer(), tally, say, end
        self._cancel_run: Callable[[], None] | None = None
        self._cells = 0
        self._handled: set[str] = set()
        self._samples: tuple[StopSample, ...] = ()
        self._cancelled = False
        self.stop: Stop | None = None

    @property
    def cut_short(self) -> bool:
        """Whether a stop left work undone."""
        return self.stop is not None and self.stop.bit

    def begin_run(self, cells: int) -> None:
        """How many tasks the run has."""
        self._cells = cells

    def on_run(self, cancel: Callable[[], None]) -> None:
        """What cancels the run as Ctrl-C would."""
        self._cancel_run = cancel

    def ask(self, *, score: bool, now: bool = False) -> None:
        """Ask for a stop; safe in a signal handler."""
        if self.stop is None:
            self.stop = Stop(score, now, time.monotonic())
        elif now and not self.stop.now:
            self.stop = Stop(score, now, time.monotonic(), self.stop.bit)

    def look(self, desired: Desired | None) -> None:
        """Take note of what is wanted."""
        if desired is None:
            return
        self._samples = desired.samples
        if desired.state == "stop":
            self.ask(score=desired.score and not desired.now, now=desired.now)

    def step(self, phase: Phase) -> None:
        """Do what is to be done next."""
        if self.stop is None:
            for sample in self._samples:
                self._stop_sample(sample)
        elif phase in {"installing", "loading"}:
            self._end("stopped before anything ran")
        elif phase == "running":
            self._stop_run(self.stop)

    def _stop_run(self, stop: Stop) -> None:
        try:
            self._server.pause()
            rows = self._server.tasks()
            stop.answered = time.monotonic()
            for row in rows:
                self._stop_task(stop, row)
            if all(row["status"] != "running" for row in rows) and len(rows) < self._cells:
                self._cancel(stop)  # What is left has not begun, and waits for the end of the pause.
        except Absent:
            self._lose_patience(stop)
        except Silent:  # A sample holds up the event loop. There is more to score when it lets go.
            stop.answered = time.monotonic()
        if stop.now and time.monotonic() - stop.since >= _NOW:
            self._end("stopped at once")

    def _stop_task(self, stop: Stop, row: Mapping[str, Any]) -> None:
        action: TaskCancel = "score" if stop.score else "cancel"
        if row["status"] != "running" and not row.get("paused"):
            return
        try:
            stop.bit = self._server.cancel_task(row["task_id"], action) or stop.bit
        except Refused:  # Between two tries there is nothing to score.
            stop.bit = self._cancel_task(row["task_id"]) or stop.bit

    def _cancel_task(self, task_id: str) -> bool:
        try:
            return self._server.cancel_task(task_id, "cancel")
        except Refused:
            return False

    def _lose_patience(self, stop: Stop) -> None:
        if time.monotonic() - max(stop.answered, stop.since) >= _UNREACHABLE:
            self._cancel(stop)

    def _cancel(self, stop: Stop) -> None:
        if self._cancel_run is not None and not self._cancelled:
            self._cancelled = stop.bit = True
            self._cancel_run()

    def _stop_sample(self, wanted: StopSample) -> None:
        sample = self._tally.sample(wanted.uuid)
        if sample is None or wanted.uuid in self._handled:
            return
        what = f"Sample {sample.sample_id} (epoch {sample.epoch})"
        try:
            self._server.cancel_sample(sample.eval_id, sample.sample_id, sample.epoch, wanted.action)
            self._say(f"{what} was ended: {'scored as it was' if wanted.action == 'score' else 'an error'}.")
        except Refused as refusal:
            self._say(f"{what}: {refusal}")
            self._cancel_sample(sample.eval_id, sample.sample_id, sample.epoch)
        except Silent:
            return
        self._handled.add(wanted.uuid)

    def _cancel_sample(self, eval_id: str, sample_id: str, epoch: int) -> None:
        # Where an error fails the task Inspect marks no sample as one; a cancelled one runs again as well.
        try:
            self._server.cancel_sample(eval_id, sample_id, epoch, "cancel")
        except (Refused, Silent) as problem:
            self._say(f"Sample {sample_id} could not be ended: {problem}")
