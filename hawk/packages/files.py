"""Files that other processes may read or write at the same time."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


def replace_text(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old text or the new one, and never half of either."""
    replace_bytes(path, text.encode())


def replace_bytes(path: Path, content: bytes) -> None:
    """The same for a file that isn't text."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def open_lock(folder: Path, name: str) -> int:
    """A descriptor of the lock file of ``name``: ``<folder>/.locks/<name>``.

    Lock files are never removed: who removes one may cut a waiter off from the next owner.
    """
    locks = folder / ".locks"
    locks.mkdir(parents=True, exist_ok=True)
    return os.open(locks / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


@contextmanager
def locked(folder: Path, name: str) -> Generator[None]:
    """Hold the lock of ``name`` alone; it is freed by the kernel if this process dies."""
    descriptor = open_lock(folder, name)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
