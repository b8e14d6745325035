"""This process and those it started: how they end together."""

from __future__ import annotations

import fcntl
import os
import signal
import threading
from typing import NoReturn

EXIT_ABANDONED = 70


def end_at_once(exit_code: int) -> NoReturn:
    """Kill everything that this process started, and leave without a further step."""
    kill_children()
    os._exit(exit_code)


def leave_within(seconds: float, exit_code: int) -> None:
    """End this process with that code after so many seconds, whatever still runs in it."""
    timer = threading.Timer(seconds, end_at_once, [exit_code])
    timer.daemon = True
    timer.start()


def kill_children() -> None:
    """Kill what this process started, and what that started, deepest last."""
    import psutil

    for child in psutil.Process().children(recursive=True):
        try:
            child.kill()
        except psutil.NoSuchProcess:
            continue


def die_with(fd: int) -> None:
    """End this process and its children as soon as whoever holds the other end of the pipe is gone.

    A supervisor that died has nobody to stop a second runner from writing the same logs.
    """
    keep_from_children(fd)
    threading.Thread(target=_wait_for_end, args=(fd,), name="hawk-alive", daemon=True).start()


def keep_from_children(fd: int) -> None:
    """Let no process that this one starts have a descriptor."""
    fcntl.fcntl(fd, fcntl.F_SETFD, fcntl.FD_CLOEXEC)


def _wait_for_end(fd: int) -> None:
    while os.read(fd, 1):
        pass
    kill_children()
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(EXIT_ABANDONED)
