"""Logs as files: taken in from elsewhere, and given out."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from hawk.auth.access import Access
from hawk.auth.caller import Caller
from hawk.backends.storage.store import Entry, Places, Storage
from hawk.clock import utc_now
from hawk.errors import Conflict, Forbidden, NotFound
from hawk.importers.sync import is_log
from hawk.jobs import store
from hawk.jobs.reconcile import Reconciler
from hawk.jobs.states import ACTIVE
from hawk.log_files.faults import another_file, no_log
from hawk.log_files.names import SHOWN, check_log_name, checked_folder, checked_location
from hawk.log_files.receiving import Received, check_log, received
from hawk.log_files.records import ImportRecord, keep
from hawk.log_files.seen import ANY, seen_versions
from hawk.log_files.types import LogFile, TakenLog
from hawk.warehouse.engine import Database
from hawk.warehouse.eval_sets import claim, owner_of


class LogFiles:
    """The logs of one installation. ``uploads`` is a folder of this machine for what is on its way in."""

    def __init__(self, places: Places, db: Database, reconciler: Reconciler, uploads: Path) -> None:
        self._places = places
        self._db = db
        self._reconciler = reconciler
        self._uploads = uploads

    async def take(self, eval_set_id: str, name: str, body: AsyncIterator[bytes], user: Caller) -> TakenLog:
        """Add a log to an eval set; the same file again changes nothing.

        Raises UsageFault where it is no log, Conflict where another file has its name or a job of
        Hawk's is writing to the eval set, Forbidden where the eval set is another's.
        """
        check_log_name(name)
        await self._claim(eval_set_id, user)
        await self._refuse_running(eval_set_id)
        location = f"{eval_set_id}/{name}"
        async with received(self._uploads, name, body) as file:
            await check_log(file)
            added = await self._put(location, file)
        # After the log, so that no record tells of what isn't there; a retry writes it if this is the end.
        await keep(
            self._places.root,
            ImportRecord(
                time=utc_now(),
                user=user.name,
                owner=user.owner,
                log=location,
                size=file.size,
                sha256=file.sha256,
            ),
        )
        return TakenLog(log=location, size=file.size, added=added)

    async def of_eval_set(self, eval_set_id: str, access: Access) -> tuple[LogFile, ...]:
        """All logs of an eval set that the caller may see. Raises NotFound where there are none.

        Of those that aren't imported nobody knows the models: just who may see every log sees them.
        """
        entries = await self._places.evals.list(checked_folder(eval_set_id))
        seen = await self._seen(entries, access)
        found = tuple(LogFile(log=one.path, size=one.size, modified=one.modified) for one in seen)
        if not found:
            raise NotFound(f"There are no logs of {eval_set_id}.", fix=SHOWN)
        return found

    async def find(self, location: str, access: Access) -> Entry:
        """The file of a log as it is now. Raises NotFound, also for one that the caller may not see."""
        path = checked_location(location)
        try:
            entry = await self._places.evals.head(path)
        except NotFound as error:
            raise no_log(location) from error
        if not await self._seen([entry], access):
            raise no_log(location)
        return entry

    def stream(self, entry: Entry, start: int, length: int) -> AsyncIterator[bytes]:
        """Bytes of that very version of a log. Raises Conflict, with the first piece, where it changed."""
        return self._places.evals.stream(entry.path, etag=entry.etag, start=start, length=length)

    async def sha256(self, entry: Entry) -> bytes:
        """The hash of a log's bytes. Raises Conflict where it is written meanwhile."""
        return await _sha256(self._places.evals, entry)

    async def _seen(self, entries: Sequence[Entry], access: Access) -> list[Entry]:
        found = [one for one in entries if is_log(one.path)]
        if access.everything:
            return found
        async with self._db.read() as conn:
            seen = await seen_versions(conn, access, [one.path for one in found])
        return [one for one in found if one.path in seen and seen[one.path] in {ANY, (one.etag, one.size)}]

    async def _claim(self, eval_set_id: str, user: Caller) -> None:
        """Make an eval set the user's where it isn't there yet. What nobody owns is the admins'."""
        async with self._db.read() as conn:
            owner = await owner_of(conn, eval_set_id)
        if owner is None and not await self._places.evals.list(eval_set_id):
            async with self._db.write() as conn:
                owner = await claim(conn, eval_set_id, user.owner)
        if owner != user.owner and not user.admin:
            raise Forbidden(
                f"The eval set {eval_set_id} is not yours.", fix="Import into another one with --eval-set."
            )

    async def _put(self, location: str, file: Received) -> bool:
        try:
            await self._places.evals.put_file(location, file.path, create=True)
        except Conflict as conflict:
            there = await self._places.evals.head(location)
            same = there.size == file.size and (await self.sha256(there)).hex() == file.sha256
            if not same:
                raise another_file(location) from conflict
            return False
        return True

    async def _refuse_running(self, eval_set_id: str) -> None:
        await self._reconciler.look(eval_set_id)
        async with self._db.read() as conn:
            row = await store.get(conn, eval_set_id)
        if row is not None and row["status"] in ACTIVE:
            raise Conflict(
                f"The job {eval_set_id} is {row['status']} and writes its logs there.",
                fix="Wait for its end, or import into another eval set with --eval-set.",
            )


async def _sha256(storage: Storage, entry: Entry) -> bytes:
    digest = hashlib.sha256()
    async for piece in storage.stream(entry.path, etag=entry.etag):
        digest.update(piece)
    return digest.digest()
