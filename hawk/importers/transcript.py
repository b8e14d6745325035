"""One sample's own JSON, by byte range out of its log."""

from __future__ import annotations

import asyncio

from hawk.backends.storage.store import Entry, Storage
from hawk.errors import NotFound, Unavailable
from hawk.importers.archive import Archive
from hawk.importers.decoding import Undecodable, decode
from hawk.importers.directory import ArchiveFault
from hawk.importers.records import LOG
from hawk.importers.sample_records import SAMPLE_ID
from hawk.importers.samples import member_name
from hawk.importers.units import put_together, units_of


async def read_sample(evals: Storage, location: str, sample_id: str | int, epoch: int) -> bytes:
    """The JSON of a sample, as its log has it.

    Raises NotFound where the log or the sample is gone, Unavailable where it is damaged, Conflict
    where the log is written at this moment.
    """
    entry = await evals.head(location)
    name = member_name(sample_id, epoch)
    try:
        if location.endswith(".json"):
            found = await _from_json(evals, entry, name)
        else:
            found = await _from_archive(evals, entry, name)
    except (ArchiveFault, Undecodable) as fault:
        raise Unavailable(
            f"{name} of {location} can't be read: {fault}.", fix="Fetch the log and look."
        ) from fault
    if found is None:
        raise NotFound(f"{location} has no sample {sample_id} in epoch {epoch}.")
    return found


async def _from_archive(evals: Storage, entry: Entry, name: str) -> bytes | None:
    archive = await Archive.open(evals, entry)
    unit = units_of(archive.members).get(name)
    if unit is None:
        return None
    if not unit.is_split:
        return await archive.read(unit.members[0])
    contents = {member.name: await archive.read(member) for member in unit.members}
    return await asyncio.to_thread(put_together, unit, contents)


async def _from_json(evals: Storage, entry: Entry, name: str) -> bytes | None:
    data = await evals.get(entry.path, etag=entry.etag)
    return await asyncio.to_thread(_find, data, name)


def _find(data: bytes, name: str) -> bytes | None:
    for raw in reversed(decode(data, LOG).samples or []):
        sample = decode(bytes(raw), SAMPLE_ID)
        if member_name(sample.id, sample.epoch) == name:
            return bytes(raw)
    return None
