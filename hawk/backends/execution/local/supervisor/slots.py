"""At most so many jobs at once: slots are locks, and those who wait stand in line.

Nobody hands out slots: each waiting supervisor looks whether it is the first that lives. A place
in the line is a file whose name sorts by priority and time, locked by the one who stands there.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from .locks import flock, is_locked, try_lock

QUEUE, SLOTS = ".queue", ".slots"


class WaitingLine:
    """One supervisor's place in the line of a ``local`` folder."""

    def __init__(self, root: Path, job: str, launch: int, priority: int) -> None:
        self._queue, self._slots = root / QUEUE, root / SLOTS
        self._queue.mkdir(mode=0o700, exist_ok=True)
        self._slots.mkdir(mode=0o700, exist_ok=True)
        name = f"{10**9 - priority:010d}-{time.time_ns():020d}-{os.getpid()}-{launch}-{job}"
        self._fd, self._place = self._enter(name)

    def take(self, max_running: int) -> int | None:
        """The descriptor that holds a slot until it is closed; None where it is not our turn yet."""
        mutex = try_lock(self._queue / ".lock")
        if mutex is None:
            return None
        try:
            if self._is_first() and self.taken() < max_running:
                return self._take_free()
            return None
        finally:
            os.close(mutex)

    def taken(self) -> int:
        """How many slots are held."""
        return sum(is_locked(path) for path in self._slots.iterdir())

    def before(self) -> int:
        """How many stand before us; one that died may be counted until its place is cleared away."""
        names = (place.name for place in self._queue.iterdir() if not place.name.startswith("."))
        return sum(name < self._place.name for name in names)

    def leave(self) -> None:
        """Give up the place in the line."""
        self._place.unlink(missing_ok=True)
        os.close(self._fd)

    def _enter(self, name: str) -> tuple[int, Path]:
        # Locked before it has its name: an unlocked place is a dead one's, and is cleared away.
        hidden = self._queue / f".{name}"
        fd = os.open(hidden, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        flock(fd)
        return fd, hidden.rename(self._queue / name)

    def _is_first(self) -> bool:
        for place in sorted(p for p in self._queue.iterdir() if not p.name.startswith(".")):
            if place == self._place:
                return True
            if is_locked(place):
                return False
            place.unlink(missing_ok=True)
        # Somebody cleared `.queue` away: whoever still waits goes by the slots alone.
        return True

    def _take_free(self) -> int | None:
        number = 0
        while (fd := try_lock(self._slots / f"{number}.lock")) is None:
            number += 1
        return fd


def forget(root: Path, job: str) -> None:
    """Clear away the places that a job's supervisors left in the line."""
    if not (root / QUEUE).is_dir():
        return
    for place in (root / QUEUE).iterdir():
        if place.name.lstrip(".").split("-", 4)[4:] == [job] and not is_locked(place):
            place.unlink(missing_ok=True)
