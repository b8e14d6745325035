"""Looks at a job's folder: cheap for what has ended, and thorough where a supervisor is missing."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import msgspec

from hawk.backends.execution.local import places
from hawk.backends.execution.local.evidence import (
    Lost,
    Record,
    decode_records,
    is_finished,
    newest_launch,
    observe_records,
)
from hawk.backends.execution.local.supervisor import channel, files, locks, processes, tree
from hawk.backends.execution.protocol import Observation
from hawk.specs.control import Progress

T = TypeVar("T")
_ENDED = frozenset({"succeeded", "failed", "stopped", "lost"})
_GRACE = 1.0
_PATIENCE = 0.5

_progress = msgspec.json.Decoder(Progress)
_lost = msgspec.json.Decoder(Lost)


class Looker:
    """Remembers the observations of ended jobs for as long as their records stay as they are."""

    def __init__(self) -> None:
        self._ended: dict[Path, tuple[tuple[int, int], Observation]] = {}

    def look(self, folder: Path) -> Observation | None:
        """The evidence about a job; what is left of one without a supervisor is ended first."""
        try:
            status = os.stat(folder / places.ATTEMPTS)  # noqa: PTH116 - a thousand of them
        except (FileNotFoundError, NotADirectoryError):
            return None
        key = (status.st_mtime_ns, status.st_size)
        known = self._ended.get(folder)
        if known and known[0] == key:
            return known[1]
        seen = _look(folder)
        if seen and seen.state in _ENDED:
            self._ended[folder] = (key, seen)
        return seen

    def forget(self, folder: Path) -> None:
        """The job was removed."""
        self._ended.pop(folder, None)


def read_records(folder: Path) -> tuple[Record, ...]:
    """The records of a job, none where it has no folder."""
    return decode_records(_read(folder / places.ATTEMPTS))


def end_left(records: tuple[Record, ...]) -> list[processes.Process]:
    """End what still runs of the newest launch. Returns what could not be ended.

    The caller holds the supervisor's lock, or knows that the supervisor is gone.
    """
    newest = newest_launch(records)
    same_boot = newest[0].boot == processes.boot_id()
    started = [(r.pid, r.start) for r in newest if r.event == "attempt-started" and same_boot]
    return tree.end(tree.Tree(newest[0].mark, tuple(started)), grace=_GRACE)


def _look(folder: Path) -> Observation | None:
    # The lock before the records: once it is free, the records are all that there will be.
    supervised = locks.is_locked(folder / places.LOCK)
    records = read_records(folder)
    lost = None
    if records and not supervised and not is_finished(records):
        records, lost = _settle(folder, records)
    lock = _read(folder / places.REQUIREMENTS).decode("utf-8", "replace")
    progress = _decode(_progress, folder / channel.PROGRESS)
    return observe_records(folder.name, records, lost=lost, progress=progress, lock=lock or None)


def _settle(folder: Path, records: tuple[Record, ...]) -> tuple[tuple[Record, ...], Lost | None]:
    """End what a supervisor left that is gone, one at a time and while no new one can begin."""
    lock = _lock(folder / places.LOCK)
    if lock is None:
        return records, None
    try:
        records = read_records(folder)
        newest = newest_launch(records)
        if not newest or is_finished(records):
            return records, None
        return records, _find_lost(folder, records, newest[0])
    finally:
        os.close(lock)


def _find_lost(folder: Path, records: tuple[Record, ...], begun: Record) -> Lost | None:
    known = _decode(_lost, folder / places.LOST)
    if known and known.launch == begun.launch:
        return known
    if end_left(records):
        return None  # Something can't be ended: as long as it runs, the job isn't over.
    lost = Lost(begun.launch, datetime.now(UTC), _reason(begun))
    try:
        files.write_atomic(folder / places.LOST, msgspec.json.encode(lost))
    except OSError:
        return lost  # Only what saves the next one the search; the disk may be full.
    return lost


def _reason(begun: Record) -> str:
    boot = processes.boot_id()
    if not (boot and begun.boot):
        return f"the supervisor (pid {begun.pid}) is gone: killed, or the machine restarted"
    if boot != begun.boot:
        return f"the machine restarted while the supervisor (pid {begun.pid}) ran"
    return f"the supervisor (pid {begun.pid}) is gone: it was killed, or it crashed"


def _lock(path: Path) -> int | None:
    # Others may look at the lock in this moment; they let go of it at once.
    deadline = time.monotonic() + _PATIENCE
    while (lock := locks.try_lock(path)) is None:
        if time.monotonic() > deadline:
            return None
        time.sleep(0.005)
    return lock


def _decode(decoder: msgspec.json.Decoder[T], path: Path) -> T | None:
    data = _read(path)
    try:
        return decoder.decode(data) if data else None
    except msgspec.DecodeError:
        return None


def _read(path: Path) -> bytes:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return b""
    with os.fdopen(fd, "rb") as file:
        return file.read()
