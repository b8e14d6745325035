"""The thread that reports, and obeys: the control channel's end in the runner.

It is a thread of its own, so that a sample that holds up the event loop doesn't make the job look dead.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress

import msgspec

from hawk.runner.control_server import ControlServer, Silent
from hawk.runner.flushing import Flushing
from hawk.runner.heartbeats import Heartbeats
from hawk.runner.launch import Attempt
from hawk.runner.report import Report
from hawk.runner.stopping import Stopping
from hawk.specs.control import Progress

_BEAT, _ASK, _CHANGED, _UNCHANGED, _LINE = 0.25, 1.0, 1.0, 4.0, 15.0
"""Seconds between: looks at what is wanted, questions to Inspect, reports of news, reports of none, lines."""


class Channel(threading.Thread):
    """Runs until :meth:`close`, which writes the last report.

    ``heartbeats`` carry the same over HTTP, where the job's folder isn't all that Hawk sees of it.
    """

    def __init__(
        self,
        attempt: Attempt,
        report: Report,
        stopping: Stopping,
        say: Callable[[str], None],
        heartbeats: Heartbeats | None = None,
    ) -> None:
        super().__init__(name="hawk-channel", daemon=True)
        self._attempt, self._report, self._stopping, self._say = attempt, report, stopping, say
        self._heartbeats = heartbeats
        self._server, self._flushing = ControlServer(), Flushing()
        self._closed = threading.Event()
        self._asked = self._written = -1e9
        self._spoken, self._line = time.monotonic(), ""
        self._last: Progress | None = None

    def run(self) -> None:
        """Beat until closed."""
        while not self._closed.wait(_BEAT):
            with suppress(
                OSError
            ):  # A full disk costs reports, and never the thread that can be told to stop.
                self._beat()

    def close(self) -> None:
        """Write the last report, and end."""
        self._closed.set()
        if self.is_alive():
            self.join()
        with suppress(OSError):
            self._attempt.report(self._report.progress())

    def write(self) -> None:
        """Report now."""
        before, self._last, self._written = self._last, self._report.progress(), time.monotonic()
        if self._heartbeats is not None and before is not None and before.phase != self._last.phase:
            self._heartbeats.hurry()
        self._attempt.report(self._last)

    def _beat(self) -> None:
        if self._heartbeats is not None:
            self._stopping.look(self._heartbeats.desired())
        self._stopping.look(self._attempt.desired())
        running = self._report.phase == "running"
        if running and time.monotonic() - self._asked >= _ASK:
            self._ask()
        self._stopping.step(self._report.phase)
        self._write_if_due()
        if running and time.monotonic() - self._spoken >= _LINE:
            self._speak()

    def _speak(self) -> None:
        self._spoken, line = time.monotonic(), self._report.line()
        if line != self._line:
            self._say(line)
        self._line = line

    def _ask(self) -> None:
        self._asked = time.monotonic()
        try:
            rows = self._server.tasks()
            self._report.learn(rows)
            self._flushing.step(self._server, rows)
        except Silent:
            return

    def _write_if_due(self) -> None:
        since = time.monotonic() - self._written
        if since >= _UNCHANGED or (since >= _CHANGED and self._has_news()):
            self.write()

    def _has_news(self) -> bool:
        if self._last is None:
            return True
        now = self._report.progress()
        return msgspec.structs.replace(now, time=self._last.time, idle=self._last.idle) != self._last
