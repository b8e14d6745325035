"""Locks that end with the process that holds them (flock), however it ends."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


def try_lock(path: Path, *, shared: bool = False) -> int | None:
    """Take the lock of a file, made if need be. The descriptor that holds it, None where it is taken."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if flock(fd, shared=shared):
        return fd
    os.close(fd)
    return None


def is_locked(path: Path) -> bool:
    """Whether a live process holds the lock of a file. A file that isn't there is nobody's."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        # Shared, so that two who look at the same instant don't take each other for the holder.
        return not flock(fd, shared=True)
    finally:
        os.close(fd)


def flock(fd: int, *, shared: bool = False) -> bool:
    """Lock an open file without waiting; False where another holds it."""
    try:
        fcntl.flock(fd, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
