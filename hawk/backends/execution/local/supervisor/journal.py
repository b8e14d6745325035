"""``attempts.jsonl``: what the supervisor did and saw, a JSON object a line, fsynced."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, cast

from .clock import timestamp

NAME = "attempts.jsonl"


class Journal:
    """The records of one job. A record that the disk has no room for is kept and written later."""

    def __init__(self, folder: Path, launch: int) -> None:
        self._launch = launch
        self._fd = os.open(folder / NAME, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._pending = b"" if _ends_with_newline(self._fd) else b"\n"

    def add(self, event: str, **fields: object) -> None:
        """Record an event of this launch, with the time of now."""
        record = {"time": timestamp(), "event": event, "launch": self._launch, **fields}
        self._pending += json.dumps(record, separators=(",", ":")).encode() + b"\n"
        self.flush()

    def flush(self) -> bool:
        """Write what could not be written yet. False while the disk doesn't take it."""
        if not self._pending:
            return True
        size = os.fstat(self._fd).st_size
        try:
            written = os.write(self._fd, self._pending)
            if written == len(self._pending):
                os.fsync(self._fd)
                self._pending = b""
                return True
        except OSError:
            pass  # The disk is full or broken: the caller tries again, and says so if it must.
        os.ftruncate(self._fd, size)
        return False


def read(folder: Path) -> list[dict[str, Any]]:
    """The whole records of a job, in order. A torn line, as a crash leaves it, is passed over."""
    try:
        lines = (folder / NAME).read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    return [record for line in lines if (record := _decode(line))]


def _decode(line: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def _ends_with_newline(fd: int) -> bool:
    size = os.fstat(fd).st_size
    return size == 0 or os.pread(fd, 1, size - 1) == b"\n"
