"""Ends a launch from outside: by its supervisor, and without it where that doesn't answer."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from hawk.backends.execution.local import places
from hawk.backends.execution.local.evidence import Record, newest_launch
from hawk.backends.execution.local.looking import end_left, read_records
from hawk.backends.execution.local.supervisor import locks, processes
from hawk.errors import Unavailable

_PATIENCE = 8.0


def end_launch(folder: Path, launch: int) -> None:
    """End every process of a launch; a launch that is over, or was never begun, is left as it is.

    The supervisor is asked first, so that it records the end. Raises :class:`Unavailable` where a
    process can't be ended.
    """
    try:
        _end(folder, launch)
    except FileNotFoundError:
        # Another deleter was done first: who removes a job has ended it.
        if folder.exists():
            raise


def _end(folder: Path, launch: int) -> None:
    records = read_records(folder)
    newest = newest_launch(records)
    if not newest or newest[0].launch != launch:
        return
    _ask(newest[0])
    lock = _wait_for(folder / places.LOCK)
    if lock is None:
        _kill(newest[0])
        lock = _wait_for(folder / places.LOCK)
    records = read_records(folder)
    left = end_left(records) if records else []
    if lock is not None:
        os.close(lock)
    if left:
        pids = ", ".join(str(process.pid) for process in left)
        raise Unavailable(
            f"Processes of {folder.name} can't be ended: {pids}.", fix="End them, then try again."
        )


def _ask(begun: Record) -> None:
    _signal(begun, signal.SIGTERM)


def _kill(begun: Record) -> None:
    _signal(begun, signal.SIGKILL)


def _signal(begun: Record, signum: int) -> None:
    supervisor = processes.recorded(begun.pid, begun.start, begun.boot)
    if supervisor:
        processes.send(supervisor, signum)


def _wait_for(path: Path) -> int | None:
    deadline = time.monotonic() + _PATIENCE
    while (lock := locks.try_lock(path)) is None:
        if time.monotonic() > deadline:
            return None
        time.sleep(0.01)
    return lock
