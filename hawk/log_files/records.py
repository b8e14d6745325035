"""Who imported what: ``imports/<eval set>/<log>.json``, a record for each log that no job of Hawk's wrote."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

import msgspec

from hawk.backends.storage.store import Storage
from hawk.errors import Conflict, NotFound


class ImportRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The first import of a file; ``sha256`` is in hex, ``owner`` what never changes of the user."""

    time: datetime
    user: str
    owner: str = ""
    log: str
    size: int
    sha256: str


async def keep(storage: Storage, record: ImportRecord) -> None:
    """Write a record, unless there is one: the first import is the one that counts."""
    body = msgspec.json.format(msgspec.json.encode(record), indent=2)
    with suppress(Conflict):
        await storage.put(f"imports/{record.log}.json", body, create=True)


async def first_importer(storage: Storage, folder: str) -> str | None:
    """Who took in the first log of ``imports/<eval set>``; None where no record there can be read."""
    found = await storage.list(folder)
    for entry in sorted(found, key=lambda one: one.modified):
        with suppress(msgspec.DecodeError, NotFound):
            record = msgspec.json.decode(await storage.get(entry.path), type=ImportRecord)
            return record.owner or record.user
    return None
