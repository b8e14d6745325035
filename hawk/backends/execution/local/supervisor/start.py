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
from .record import LOCK, is_known, write_launch

_PATIENCE, _PATIENCE_WITH_ENDED = 2.0, 10.0


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
    lock = _lock(folder, order.launch)
    if lock is None:
        known = is_known(journal.read(folder), order.launch)
        _answer("ok" if known else "taken")
        return None
    if is_known(journal.read(folder), order.launch):
        _answer("ok")
        return None
    write_launch(folder, order.plan)
    life = Life(folder, order)
    _answer("ok")
    return life


def _lock(folder: Path, launch: int) -> int | None:
    # The supervisor of the launch before may be about to go, or one of this launch be here already.
    begin = time.monotonic()
    while (lock := try_lock(folder / LOCK)) is None:
        records = journal.read(folder)
        ended = bool(records) and records[-1].get("event") == "finished"
        patience = _PATIENCE_WITH_ENDED if ended else _PATIENCE
        if time.monotonic() - begin > patience or is_known(records, launch):
            return None
        time.sleep(0.02)
    return lock


def _answer(text: str) -> None:
    """Tell the launcher, if it is still there, and let go of its pipe."""
    with contextlib.suppress(BrokenPipeError):  # It was killed; the launch goes on without it.
        os.write(1, f"{text}\n".encode())
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.close(null)
