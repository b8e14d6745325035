"""Makes the warehouse say what the logs say: level-triggered, at any time, by any number at once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Generator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from hawk.backends.storage.store import Entry, Storage
from hawk.clock import utc_now
from hawk.errors import Conflict, NotFound, Unavailable
from hawk.importers import store
from hawk.importers.background import start_import
from hawk.importers.declared import declared_models
from hawk.importers.decoding import Undecodable
from hawk.importers.directory import ArchiveFault
from hawk.importers.reading import Before, LogRows, OutOfTime, Patience, read_log
from hawk.importers.store import IMPORTER_VERSION, Seen
from hawk.importers.text.pages import Packer
from hawk.importers.text.store import last_page
from hawk.importers.values import Row
from hawk.importers.writing import write_log
from hawk.settings import Prices
from hawk.warehouse.engine import Database

FIRST_RETRY, LAST_RETRY = timedelta(minutes=1), timedelta(hours=1)
"""How long an unreadable log is left alone: twice as long each time, until its bytes change."""

LAST_TRY = 5
"""So often a log is tried whose bytes can't be understood: then it is a dead letter, until they change."""

_RACES = 3
_SHOWN_FAULTS = 5
_TIMESTAMPED = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}[:-]\d{2}[:-]\d{2}")


class SyncReport(msgspec.Struct, frozen=True):
    """Logs by what became of them. ``failed`` ones can't be read, wholly or in part."""

    imported: int = 0
    unchanged: int = 0
    failed: int = 0
    pending: int = 0


class Outcome(msgspec.Struct, frozen=True):
    """What became of one log. ``pending`` and ``gone`` ones are as they were; ``samples`` were read now.

    ``unchanged`` also says that somebody else imported it meanwhile. ``failed``: wholly or in part.
    """

    result: Literal["imported", "unchanged", "failed", "pending", "gone"]
    samples: int = 0
    error: str | None = None


async def sync(
    db: Database,
    evals: Storage,
    prefix: str | None = None,
    *,
    deadline: float | None = None,
    prices: Prices | None = None,
) -> SyncReport:
    """Import what changed below a folder of logs (None: everywhere), and forget logs that are gone.

    ``prices`` are those of models whose logs don't tell a cost; without them it isn't known.

    With a ``deadline`` (the event loop's time) it takes only what is light and in time; the rest
    counts as pending, and a process in the background goes on with it.
    """
    folder = (prefix or "").removesuffix("/")
    # The ledger is read before the listing: a log that is new in between is no log that is gone.
    async with db.read() as conn:
        ledger = await store.seen_logs(conn, folder)
    entries = [entry for entry in await evals.list(folder) if is_log(entry.path)]
    there = {entry.path for entry in entries}
    await forget(db, [seen for location, seen in ledger.items() if location not in there])
    known = prices or {}
    importer, counts = Importer(db, evals, known, Patience(deadline)), Counter[str]()
    for entry in sorted(entries, key=lambda entry: entry.modified, reverse=True):
        counts[(await importer.bring_up(entry, ledger.get(entry.path))).result] += 1
    del counts["gone"]
    report = SyncReport(**counts)
    if report.pending and deadline is not None:
        await start_import(db.address, evals.root, known)
    return report


def is_log(path: str) -> bool:
    """Whether a file is a log by its name, as Inspect names them."""
    if any(part.startswith(".") for part in path.split("/")):
        return False
    name = path.rpartition("/")[2]
    if name.endswith(".json"):
        return _TIMESTAMPED.match(name) is not None
    return name.endswith(".eval") and not name.endswith(".fast.eval")


class Importer:
    """Makes the warehouse say what single logs say. Any number of them may work on one log at once."""

    def __init__(
        self, db: Database, evals: Storage, prices: Prices, patience: Patience | None = None
    ) -> None:
        self._db = db
        self._evals = evals
        self._prices = prices
        self._patience = patience or Patience()

    async def bring_up(self, entry: Entry, seen: Seen | None) -> Outcome:
        """Import one log if it changed. ``seen`` is what the ledger has of it."""
        if seen is not None and is_done(entry, seen):
            return Outcome("unchanged" if seen.state == "imported" else "failed")
        try:
            self._patience.check()
            return await self._import(entry, seen)
        except (OutOfTime, Conflict):
            return Outcome("pending")
        except NotFound:
            # It went away meanwhile; the next listing tells.
            return Outcome("gone")

    async def _import(self, entry: Entry, seen: Seen | None) -> Outcome:
        try:
            with _way_to_storage():
                declared = await declared_models(self._evals, entry.path)
            entry, rows = await self._read(entry, seen)
        except (ArchiveFault, Undecodable) as fault:
            error = f"The log {entry.path} can't be read: {fault}."
            return await self._write(entry, seen, None, error, for_good=True)
        except _OutOfReach as fault:
            return await self._write(entry, seen, None, str(fault), for_good=False)
        rows = msgspec.structs.replace(rows, models=rows.models | declared)
        with closing(rows.spool):
            return await self._write(entry, seen, rows, _faults_text(rows.faults), for_good=not rows.passing)

    async def _read(self, entry: Entry, seen: Seen | None) -> tuple[Entry, LogRows]:
        """Read a log; one that is written meanwhile is read again, a few times."""
        for _ in range(_RACES):
            try:
                return entry, await self._read_once(entry, seen)
            except Conflict:
                with _way_to_storage():
                    entry = await self._evals.head(entry.path)
        return entry, await self._read_once(entry, seen)

    async def _read_once(self, entry: Entry, seen: Seen | None) -> LogRows:
        async with self._db.read() as conn:
            known = await store.known_members(conn, seen) if seen else {}
            packer = await last_page(conn, seen.id) if seen and known else Packer()
        with _way_to_storage():
            return await read_log(self._evals, entry, Before(known, packer), self._patience, self._prices)

    async def _write(
        self, entry: Entry, seen: Seen | None, rows: LogRows | None, error: str | None, *, for_good: bool
    ) -> Outcome:
        """Store what was read. ``for_good``: an error is the bytes' own, not of the way to them."""
        async with self._db.write() as conn:
            if not await store.is_as_seen(conn, entry.path, seen):
                # Somebody else imported it while this process read it; what they have counts.
                return Outcome("unchanged")
            values = _ledger_values(self._evals, entry, seen, rows, error, for_good=for_good)
            if rows is None:
                await store.write_failure(conn, entry, seen, values)
            else:
                await write_log(conn, entry, seen, rows, values)
        samples = rows.added if rows is not None else 0
        return Outcome("imported" if error is None else "failed", samples, error)


class _OutOfReach(Exception):
    """The storage doesn't give a log; what it said is the text. The database's faults are none of a log's."""


@contextmanager
def _way_to_storage() -> Generator[None]:
    try:
        yield
    except Unavailable as fault:
        raise _OutOfReach(fault.message) from fault


async def forget(db: Database, gone: list[Seen]) -> None:
    """Remove the rows of logs that are gone, but for those that somebody imported since."""
    if not gone:
        return
    async with db.write() as conn:
        for seen in sorted(gone, key=lambda seen: seen.location):
            if await store.is_as_seen(conn, seen.location, seen):
                await store.remove_log(conn, seen)


def is_done(entry: Entry, seen: Seen) -> bool:
    """Whether a log needs nothing now: it is as it was, and an unreadable one's time hasn't come.

    A dead letter's never comes: only other bytes or a newer importer read it again.
    """
    if (entry.etag, entry.size) != (seen.etag, seen.size):
        return False
    if seen.importer_version != IMPORTER_VERSION:
        return seen.importer_version > IMPORTER_VERSION
    return seen.retry_at is None or seen.retry_at > utc_now()


def _ledger_values(
    evals: Storage,
    entry: Entry,
    seen: Seen | None,
    rows: LogRows | None,
    error: str | None,
    *,
    for_good: bool,
) -> Row:
    state = "failed" if rows is None else "partial" if error else "imported"
    same = seen is not None and (seen.etag, seen.size) == (entry.etag, entry.size)
    tries = (seen.tries + 1 if seen is not None and same else 1) if error else 0
    return {
        "eval_set_id": _eval_set_of(evals, entry.path, rows),
        "state": state,
        "error": error,
        "tries": tries,
        "retry_at": None if error is None or (for_good and tries >= LAST_TRY) else _retry_at(tries),
    }


def _eval_set_of(evals: Storage, location: str, rows: LogRows | None) -> str:
    """The folder of a log; at the top, where there is none, Inspect's own id, else the root's name."""
    folder, _, rest = location.partition("/")
    if rest:
        return folder
    own = rows.eval.eval_set_id if rows is not None else None
    return own or evals.root.rpartition("/")[2]


def _retry_at(tries: int) -> datetime:
    return utc_now() + min(FIRST_RETRY * 2 ** min(tries - 1, 10), LAST_RETRY)


def _faults_text(faults: dict[str, str]) -> str | None:
    if not faults:
        return None
    # By name: in which order they were found depends on which of them were read before.
    first = sorted(faults.items())[:_SHOWN_FAULTS]
    shown = "; ".join(f"{name}: {fault}" for name, fault in first)
    more = f"; and {len(faults) - _SHOWN_FAULTS} more" if len(faults) > _SHOWN_FAULTS else ""
    return f"{len(faults)} of its samples can't be read: {shown}{more}."
