"""One server for all workers of a test run: the first that needs it starts it.

It is held by a process of its own (``python -m tests.servers``), which ends when the run does.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import msgspec

_PATIENCE = 120.0
Server = TypeVar("Server")


def shared(kind: str, type_: type[Server], folder: Path) -> Server:
    """The run's server of a kind. ``folder`` is one that all workers of the run know."""
    told = folder / f"{kind}.json"
    once(told, lambda: _hold(kind, told))
    return msgspec.json.decode(told.read_bytes(), type=type_)


def once(sign: Path, work: Callable[[], None]) -> None:
    """Do something by one worker only; the others wait. ``sign`` is the file that says it is done."""
    with _locked(sign.with_suffix(".lock")):
        if not sign.exists():
            work()
            sign.touch()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _hold(kind: str, told: Path) -> None:
    owner = os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()
    with told.with_suffix(".log").open("wb") as log:
        holder = subprocess.Popen(
            [sys.executable, "-m", "tests.servers", kind, str(told), str(owner)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd=Path(__file__).parents[2],
        )
    deadline = time.monotonic() + _PATIENCE
    while not told.exists():
        assert holder.poll() is None, told.with_suffix(".log").read_text()
        assert time.monotonic() < deadline, f"no {kind} after {_PATIENCE:.0f} s"
        time.sleep(0.02)
