"""How a supervisor begins: it takes the message, the lock and a place in the line, then says ``ok``."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from pathlib import Path

from . import journal
from .life import Life
from .locks import try_lock
from .order import LaunchOrder
from .record import LOCK, is_known, is_supervised, write_launch

_PATIENCE = {"taken": 2.0, "ending": 10.0, "busy": 20.0}
"""Seconds to wait for who has the lock. The launcher waits for longer."""

_TOO_LATE = 40.0
"""Seconds after which a launch is not begun any more: a submission that takes a minute is given up."""


def main(folder: Path) -> None:
    """Supervise the launch that the message on standard input orders, until it has ended."""
    if os.fork():
        os._exit(0)  # The launcher gets no zombie, and need not live on.
    message = sys.stdin.buffer.read()
    try:
        order = LaunchOrder.of(json.loads(message))
    except (ValueError, KeyError):
        return  # The launcher died while it wrote: nothing was started, and nothing is.
    os.chdir(folder)
    try:
        life = _begin(folder, order)
    except OSError as error:
        _answer(f"error {error.strerror or error}")
        return
    if life:
        life.run()


def _begin(folder: Path, order: LaunchOrder) -> Life | None:
    begun = time.monotonic()
    lock = _lock(folder, order.launch, begun)
    if lock is None:
        _answer(_state(folder, order.launch))
        return None
    if is_known(journal.read(folder), order.launch):
        _answer("ok")
        return None
    write_launch(folder, order.plan)
    if time.monotonic() - begun > _TOO_LATE:
        return None
    life = Life(folder, order)
    _answer("ok")
    return life


def _lock(folder: Path, launch: int, begun: float) -> int | None:
    # The supervisor of the launch before may be about to go, or one of this launch be here already.
    while (lock := try_lock(folder / LOCK)) is None:
        state = _state(folder, launch)
        if state == "ok" or time.monotonic() - begun > _PATIENCE[state]:
            return None
        time.sleep(0.02)
    return lock


def _state(folder: Path, launch: int) -> str:
    """How a launch stands that another process has the lock of.

    ``ok``: it was begun; ``taken``: an earlier one runs; ``ending``: the launch before is about to go;
    ``busy``: whoever has it is on record for no launch yet, which a slow disk may make last.
    """
    records = journal.read(folder)
    if is_known(records, launch):
        return "ok"
    if not is_supervised(records):
        return "busy"
    return "ending" if records[-1].get("event") == "finished" else "taken"


def _answer(text: str) -> None:
    """Tell the launcher, if it is still there, and let go of its pipe."""
    with contextlib.suppress(BrokenPipeError):  # It was killed; the launch goes on without it.
        os.write(1, f"{text}\n".encode())
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.close(null)
