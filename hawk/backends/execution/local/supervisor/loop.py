"""One thread that waits for everything at once: descriptors, children, signals and the time."""

from __future__ import annotations

import os
import selectors
import signal
from collections.abc import Callable
from types import FrameType

Ready = Callable[[], None]


class Loop:
    """Calls back when a descriptor is ready, keeps the status of ended children, notes a SIGTERM."""

    def __init__(self) -> None:
        self.told_to_end = False
        self.statuses: dict[int, int] = {}
        self._selector = selectors.DefaultSelector()
        self._wake, wake = os.pipe()
        os.set_blocking(self._wake, False)
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, _ignore)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, self._end)
        self.watch(self._wake, self._drain)

    def watch(self, fd: int, ready: Ready, events: int = selectors.EVENT_READ) -> None:
        """Call ``ready`` whenever ``fd`` can be read (or written); in place of what was called before."""
        if fd in self._selector.get_map():
            self._selector.modify(fd, events, ready)
        else:
            self._selector.register(fd, events, ready)

    def forget(self, fd: int) -> None:
        """Stop watching, before ``fd`` is closed."""
        if fd in self._selector.get_map():
            self._selector.unregister(fd)

    def turn(self, seconds: float) -> None:
        """Wait for the next thing, at most so long, and do what is due."""
        for key, _ in self._selector.select(seconds):
            # An earlier callback of this turn may have closed the descriptor.
            if key.fd in self._selector.get_map():
                key.data()
        self.reap()

    def reap(self) -> None:
        """Collect every ended child, adopted orphans too."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self.statuses[pid] = os.waitstatus_to_exitcode(status)

    def _drain(self) -> None:
        os.read(self._wake, 4096)

    def _end(self, _signum: int, _frame: FrameType | None) -> None:
        self.told_to_end = True


def _ignore(_signum: int, _frame: FrameType | None) -> None:
    """Only wakes the loop."""
