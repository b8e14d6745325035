"""Gets finished samples into the log files soon, at a price that stays small.

Inspect writes a running log every few samples, or a minute after the last; each time it copies the whole
file. Here samples that wait are written after a few seconds, less often the larger the file has grown.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from hawk.runner.control_server import ControlServer, Refused

_SECONDS = 3.0
_BYTES_A_SECOND = 20e6


class Flushing:
    """Remembers of each task, not of each sample, what was written when."""

    def __init__(self) -> None:
        self._done: dict[str, int] = {}
        self._when: dict[str, float] = {}

    def step(self, server: ControlServer, rows: Sequence[Mapping[str, Any]]) -> None:
        """Flush the tasks that have news and whose time has come."""
        now = time.monotonic()
        for row in rows:
            task, done = row["task_id"], row["samples"]["completed"] + row["samples"]["errored"]
            if row["status"] != "running" or done == self._done.get(task, 0):
                continue
            if now - self._when.setdefault(task, now) >= _pause(row["log_location"]):
                self._flush(server, task, done)

    def _flush(self, server: ControlServer, task: str, done: int) -> None:
        with suppress(Refused):  # It may have come to its end meanwhile, and is written.
            server.flush_task(task)
        self._done[task], self._when[task] = done, time.monotonic()


def _pause(location: str) -> float:
    try:
        size = Path(location).stat().st_size
    except OSError:
        return _SECONDS * 5
    return max(_SECONDS, size / _BYTES_A_SECOND)
