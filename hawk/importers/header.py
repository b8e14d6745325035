"""What a log says of itself before its samples."""

from __future__ import annotations

import asyncio

from hawk.backends.storage.store import Entry, Storage
from hawk.importers.archive import Archive
from hawk.importers.decoding import Undecodable, decode
from hawk.importers.directory import ArchiveFault
from hawk.importers.records import HEADER, HeaderRecord

_MEMBERS = ("header.json", "_journal/start.json")
"""Where an archive has its header: at its end, or while it runs."""


async def read_header(storage: Storage, entry: Entry) -> HeaderRecord:
    """The header of a log. Of an archive only its directory and that member are read.

    Raises ArchiveFault or Undecodable where it is no log of Inspect's, Conflict where it is written
    meanwhile.
    """
    if entry.path.endswith(".json"):
        data = await storage.get(entry.path, etag=entry.etag)
        return await asyncio.to_thread(_decoded, data)
    archive = await Archive.open(storage, entry)
    for name in _MEMBERS:
        if name in archive.members:
            return _decoded(await archive.read(archive.members[name]))
    raise ArchiveFault("it has no header: no log of Inspect's")


def _decoded(data: bytes) -> HeaderRecord:
    try:
        return decode(data, HEADER)
    except RecursionError as error:
        raise Undecodable("its header is nested too deeply") from error
