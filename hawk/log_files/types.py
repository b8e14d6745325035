"""What the API answers about logs as files."""

from __future__ import annotations

from datetime import datetime

import msgspec

MAX_LOG = 8 * 1024**3
"""Bytes that a log may have to be taken in."""


class LogFile(msgspec.Struct, frozen=True, kw_only=True):
    """One log: ``log`` is where it is, as evals and samples name it; ``size`` is in bytes."""

    log: str
    size: int
    modified: datetime


class LogFileList(msgspec.Struct, frozen=True):
    """All logs of an eval set, in the order of their names."""

    items: tuple[LogFile, ...]
    next: str | None = None


class TakenLog(msgspec.Struct, frozen=True, kw_only=True):
    """A log that is there now. ``added`` is false where the very same file was there already."""

    log: str
    size: int
    added: bool
