"""What the outer stage shows while it installs, and the end of it when its supervisor is gone."""

from __future__ import annotations

import os
import select
import sys
import threading
from contextlib import suppress
from datetime import UTC, datetime
from types import TracebackType

import msgspec

from hawk.packages.files import replace_text
from hawk.runner.arguments import Arguments
from hawk.specs.control import Progress
from hawk.specs.plan import RunPlan

_BEAT = 2.0
"""Seconds between two snapshots: silence for much longer makes a job look unresponsive."""


class Installing:
    """Says lines to the job's log, replaces ``progress.json``, and watches the supervisor's pipe.

    When that pipe ends, uv is killed and this process ends at once.
    """

    def __init__(self, arguments: Arguments, plan: RunPlan) -> None:
        self._arguments = arguments
        self._plan = plan
        self._message: str | None = None
        self._wake, self._ended = os.pipe()

    def __enter__(self) -> Installing:
        self._beat()
        self._thread = threading.Thread(target=self._watch, name="installing", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._ended)
        self._thread.join()
        os.close(self._wake)

    def say(self, line: str) -> None:
        """One line for the job's log; what isn't about a single package goes to a terminal as well."""
        self._message = line.strip()[:200] or self._message
        log = self._arguments.log_fd
        if log is None:
            print(line, file=sys.stderr, flush=True)  # noqa: T201
            return
        os.write(log, f"{line}\n".encode())
        if not line.startswith((" + ", " - ")) and sys.stderr.isatty():
            print(line, file=sys.stderr, flush=True)  # noqa: T201

    def _watch(self) -> None:
        poller = select.poll()
        poller.register(self._wake, 0)
        if self._arguments.alive_fd is not None:
            poller.register(self._arguments.alive_fd, 0)
        while True:
            ready = {descriptor for descriptor, _ in poller.poll(_BEAT * 1000)}
            if self._wake in ready:
                return
            if ready:
                _end_at_once()
            self._beat()

    def _beat(self) -> None:
        progress = Progress(
            job_id=self._plan.job_id,
            launch=self._plan.launch,
            attempt=self._arguments.attempt,
            time=datetime.now(UTC),
            phase="installing",
            message=self._message,
        )
        with suppress(OSError):  # A snapshot that a full disk refuses is no reason to stop installing.
            replace_text(self._arguments.folder / "progress.json", msgspec.json.encode(progress).decode())


def _end_at_once() -> None:
    from hawk.packages.uv import stop_uv

    stop_uv()
    os._exit(1)
