"""Imports everything there is, with progress."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections import Counter
from collections.abc import Callable

import msgspec

from hawk.backends.storage.store import Entry, Storage
from hawk.importers.claims import Claims
from hawk.importers.folders import all_folders, survey
from hawk.importers.sync import Importer, forget
from hawk.settings import Prices
from hawk.warehouse.engine import Database

Progress = Callable[[int, int], None]
"""Is told how many logs are done, and of how many that are known so far."""

_FOLDERS_AT_ONCE = 20
_LOGS_AT_ONCE = 4
_LEASE = 60.0


class Imported(msgspec.Struct, frozen=True):
    """Logs by what became of them. ``pending`` ones others are at, or they are being written just now."""

    imported: int = 0
    failed: int = 0
    pending: int = 0


async def import_all(db: Database, evals: Storage, prices: Prices, progress: Progress) -> Imported:
    """Import every log that isn't imported as it is now, and forget those that are gone."""
    holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
    claims = Claims(db, Importer(db, evals, prices), holder, _LEASE)
    due: list[Entry] = []
    folders = await all_folders(db, evals)
    for start in range(0, len(folders), _FOLDERS_AT_ONCE):
        found = await survey(db, evals, folders[start : start + _FOLDERS_AT_ONCE])
        await forget(db, found.gone())
        due += found.due()
    return await _import(claims, due, progress)


async def _import(claims: Claims, due: list[Entry], progress: Progress) -> Imported:
    counts: Counter[str] = Counter()
    left = iter(due)

    async def work() -> None:
        for entry in left:
            outcome = await claims.bring_up(entry)
            counts["pending" if outcome is None else outcome.result] += 1
            progress(counts.total(), len(due))

    await asyncio.gather(*(work() for _ in range(_LOGS_AT_ONCE)))
    return Imported(counts["imported"], counts["failed"], counts["pending"])
