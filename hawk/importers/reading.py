"""Reads of one log what the warehouse doesn't have yet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec

from hawk.backends.storage.store import Entry, Storage
from hawk.importers.archive import Archive
from hawk.importers.decoding import Undecodable, decode
from hawk.importers.directory import ArchiveFault, Member
from hawk.importers.evals import EvalRows, eval_rows
from hawk.importers.inflate import unpack
from hawk.importers.ledger import Known, Ledger, is_known
from hawk.importers.records import HEADER, LOG, HeaderRecord
from hawk.importers.samples import SampleRows, sample_rows

HEADER_MEMBER, START_MEMBER = "header.json", "_journal/start.json"

HEAVY = 64 * 1024 * 1024
"""Bytes of JSON that are more than a command should take on itself."""


class OutOfTime(Exception):
    """There is more to read than there is time for; nothing of it was stored."""


class Patience(msgspec.Struct, frozen=True):
    """How long a read may take. ``deadline`` is by the event loop's clock; None means any time."""

    deadline: float | None = None

    def check(self, size: int = 0) -> None:
        """Raise OutOfTime where the time is up, or ``size`` bytes of JSON won't be read in time."""
        if self.deadline is None:
            return
        if size > HEAVY or asyncio.get_running_loop().time() >= self.deadline:
            raise OutOfTime


class LogRows(msgspec.Struct, frozen=True):
    """What changes in the warehouse by one log.

    ``removed`` are rows of samples that are gone or read anew; None stands for all rows of the log.
    ``faults`` are the samples that can't be read, with the reason.
    """

    eval: EvalRows
    ledger: Ledger
    removed: set[str] | None
    samples: list[SampleRows]
    faults: list[str]


async def read_log(storage: Storage, entry: Entry, ledger: Ledger, patience: Patience) -> LogRows:
    """Read what is new in a log against its ledger; an empty ledger means all of it.

    Raises ArchiveFault or Undecodable where nothing of the log can be read, Conflict or NotFound
    where it changes or goes away meanwhile, OutOfTime where it takes too long.
    """
    if entry.path.endswith(".json"):
        return await _read_json(storage, entry, patience)
    archive = await Archive.open(storage, entry)
    rows = _eval_rows(await _header(archive))
    members = {name: member for name, member in archive.members.items() if _is_sample(name)}
    new = [member for member in members.values() if not is_known(ledger, member)]
    patience.check(sum(member.size for member in new))
    read = await _read_samples(archive, new, entry.path, patience)
    same = {
        name: known for name, known in ledger.items() if name in members and is_known(ledger, members[name])
    }
    removed = {known.row_id for name, known in ledger.items() if name not in same}
    return LogRows(rows, same | read.ledger, removed if ledger else None, read.samples, read.faults)


class _Read(msgspec.Struct):
    ledger: Ledger = {}
    samples: list[SampleRows] = []
    faults: list[str] = []


async def _header(archive: Archive) -> HeaderRecord:
    for name in (HEADER_MEMBER, START_MEMBER):
        member = archive.members.get(name)
        if member is not None:
            return decode(await archive.read(member), HEADER)
    raise ArchiveFault("it has no header: no log of Inspect's")


def _eval_rows(header: HeaderRecord) -> EvalRows:
    try:
        return eval_rows(header)
    except RecursionError as error:
        raise Undecodable("its header is nested too deeply") from error


async def _read_samples(archive: Archive, new: list[Member], location: str, patience: Patience) -> _Read:
    read = _Read()
    async for batch in archive.spans(new):
        patience.check()
        await asyncio.to_thread(_convert, batch, location, read)
    return read


def _convert(batch: list[tuple[Member, memoryview]], location: str, read: _Read) -> None:
    for member, span in batch:
        found = _attempt(member.name, read, lambda member=member, span=span: _sample(member, span, location))
        if found is not None:
            read.samples.append(found)
            read.ledger[member.name] = Known(member.size, member.crc, found.id)


def _sample(member: Member, span: memoryview, location: str) -> SampleRows:
    found = sample_rows(unpack(member, span), location)
    if found.sample_name != member.name:
        raise Undecodable(f"it holds another sample, {found.sample_name}")
    return found


def _attempt(name: str, read: _Read, convert: Callable[[], SampleRows]) -> SampleRows | None:
    """What ``convert`` makes; None and a fault where one sample is bad, which costs that sample only."""
    try:
        return convert()
    except (ArchiveFault, Undecodable) as fault:
        read.faults.append(f"{name}: {fault}")
    except RecursionError:
        read.faults.append(f"{name}: it is nested too deeply")
    except MemoryError:
        read.faults.append(f"{name}: there is not enough memory for it")
    return None


async def _read_json(storage: Storage, entry: Entry, patience: Patience) -> LogRows:
    patience.check(entry.size)
    data = await storage.get(entry.path, etag=entry.etag)
    return await asyncio.to_thread(_json_rows, data, entry.path)


def _json_rows(data: bytes, location: str) -> LogRows:
    log = decode(data, LOG)
    read = _Read()
    for number, raw in enumerate(log.samples or ()):
        found = _attempt(f"sample {number + 1}", read, lambda raw=raw: sample_rows(bytes(raw), location))
        if found is not None:
            read.samples.append(found)
    # Of two with one id the last counts, as in an archive.
    kept = {sample.sample_name: sample for sample in read.samples}
    return LogRows(_eval_rows(log), {}, None, list(kept.values()), read.faults)


def _is_sample(name: str) -> bool:
    return name.startswith("samples/") and name.endswith(".json")
