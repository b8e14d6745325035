"""Reads of one log what the warehouse doesn't have yet."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import contextmanager

import msgspec

from hawk.backends.storage.store import Entry, Storage
from hawk.importers.archive import Archive
from hawk.importers.decoding import Undecodable, decode
from hawk.importers.directory import ArchiveFault, Member
from hawk.importers.evals import EvalRows, eval_rows
from hawk.importers.inflate import unpack
from hawk.importers.ledger import Known, Ledger, headline, is_known
from hawk.importers.prices import priced_header, priced_sample
from hawk.importers.records import HEADER, LOG, HeaderRecord
from hawk.importers.rows import Collector
from hawk.importers.sample_records import SAMPLE, SAMPLE_ID, SampleRecord
from hawk.importers.samples import member_name
from hawk.importers.spool import Spool
from hawk.importers.text.pages import Packer
from hawk.importers.timings import timed
from hawk.importers.units import Unit, put_together, units_of, whole_unit
from hawk.settings import Prices

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
    ``added`` is how many samples the ``spool`` has; ``faults`` are those that can't be read, with the
    reason, of which ``passing`` ones may be read another time.
    """

    eval: EvalRows
    ledger: Ledger
    removed: set[str] | None
    spool: Spool
    added: int
    models: frozenset[str]
    faults: dict[str, str]
    passing: bool


class Before(msgspec.Struct, frozen=True):
    """What is there of a log. ``packer`` holds its last page where that has room."""

    ledger: Ledger
    packer: Packer


@contextmanager
def reading(spool: Spool) -> Generator[Spool]:
    """A spool that is given up where the reading fails; else it's the reader's to close."""
    try:
        yield spool
    except BaseException:
        spool.close()
        raise


async def read_log(
    storage: Storage, entry: Entry, before: Before, patience: Patience, prices: Prices
) -> LogRows:
    """Read what is new in a log against its ledger; an empty ledger means all of it.

    Raises ArchiveFault or Undecodable where nothing of the log can be read, Conflict or NotFound
    where it changes or goes away meanwhile, OutOfTime where it takes too long.
    """
    with reading(Spool()) as spool:
        if entry.path.endswith(".json"):
            return await _read_json(storage, entry, spool, patience, prices)
        return await _read_archive(storage, entry, before, spool, patience, prices)


async def _read_archive(
    storage: Storage, entry: Entry, before: Before, spool: Spool, patience: Patience, prices: Prices
) -> LogRows:
    with timed("list"):
        archive = await Archive.open(storage, entry)
        rows = _eval_rows(await _header(archive), prices)
        units = units_of(archive.members)
    if before.ledger and not headline(rows.headline).items() <= before.ledger.items():
        before = Before({}, Packer())
    same = {name: before.ledger[name] for name, unit in units.items() if is_known(before.ledger, unit)}
    new = [unit for name, unit in units.items() if name not in same]
    patience.check(sum(unit.size for unit in new))
    log = _Log(Collector(spool, before.packer, entry.path, rows.headline), prices)
    await _read_units(archive, new, log, patience)
    removed = {known.row_id for name, known in before.ledger.items() if name not in same and known.row_id}
    return log.rows(rows, same | headline(rows.headline), removed if before.ledger else None, spool)


class _Log:
    """What was read of a log so far."""

    def __init__(self, collector: Collector, prices: Prices) -> None:
        self.collector = collector
        self._prices = prices
        self.ledger: Ledger = {}
        self.faults: dict[str, str] = {}
        self.passing = False

    def take(self, unit: Unit, read: Callable[[], bytes]) -> None:
        """Read one sample; where it is bad, that costs this sample only."""
        try:
            with timed("unzip", unit.size):
                data = read()
            with timed("decode", unit.size):
                record = decode(data, SAMPLE)
            self.ledger[unit.name] = Known(unit.size, unit.crc, self._add(record, unit.name))
        except ArchiveFault as fault:
            # Not what its checksum says, so that the checksum can't tell when it is mended.
            self.faults[unit.name] = str(fault)
        except Undecodable as fault:
            self._note(unit, str(fault))
        except RecursionError:
            self._note(unit, "it is nested too deeply")
        except MemoryError:
            self.faults[unit.name] = "there is not enough memory for it"
            self.passing = True

    def _add(self, record: SampleRecord, name: str) -> str:
        with timed("rows"):
            return self.collector.add(priced_sample(record, self._prices), name).id

    def _note(self, unit: Unit, fault: str) -> None:
        """Remember that a sample can't be read as it is, so that nobody tries until it changes."""
        self.ledger[unit.name] = Known(unit.size, unit.crc, "", fault)

    def rows(self, rows: EvalRows, same: Ledger, removed: set[str] | None, spool: Spool) -> LogRows:
        """All that was read, next to what stays the ``same``."""
        with timed("rows"):
            self.collector.finish()
        ledger = same | self.ledger
        faults = {name: known.error for name, known in ledger.items() if known.error} | self.faults
        return LogRows(
            rows,
            ledger,
            removed,
            spool,
            self.collector.count,
            frozenset(self.collector.models) | rows.models,
            faults,
            self.passing,
        )


async def _header(archive: Archive) -> HeaderRecord:
    for name in (HEADER_MEMBER, START_MEMBER):
        member = archive.members.get(name)
        if member is not None:
            return decode(await archive.read(member), HEADER)
    raise ArchiveFault("it has no header: no log of Inspect's")


def _eval_rows(header: HeaderRecord, prices: Prices) -> EvalRows:
    try:
        return eval_rows(priced_header(header, prices))
    except RecursionError as error:
        raise Undecodable("its header is nested too deeply") from error


async def _read_units(archive: Archive, new: list[Unit], log: _Log, patience: Patience) -> None:
    whole = {unit.members[0]: unit for unit in new if not unit.is_split}
    async for batch in _ahead(archive.spans(whole)):
        patience.check()
        await asyncio.to_thread(_take_whole, batch, whole, log)
    for unit in new:
        if unit.is_split:
            patience.check()
            await _take_split(archive, unit, log)


def _take_whole(batch: list[tuple[Member, memoryview]], whole: dict[Member, Unit], log: _Log) -> None:
    for member, span in batch:
        log.take(whole[member], lambda member=member, span=span: unpack(member, span))


async def _take_split(archive: Archive, unit: Unit, log: _Log) -> None:
    try:
        contents = {member.name: await archive.read(member) for member in unit.members}
    except ArchiveFault as fault:
        log.faults[unit.name] = str(fault)
        return
    await asyncio.to_thread(log.take, unit, lambda: put_together(unit, contents))


async def _ahead(
    batches: AsyncIterator[list[tuple[Member, memoryview]]],
) -> AsyncIterator[list[tuple[Member, memoryview]]]:
    """The batches, each fetched while the one before is worked on."""
    coming = asyncio.ensure_future(anext(batches, None))
    try:
        while (batch := await coming) is not None:
            coming = asyncio.ensure_future(anext(batches, None))
            yield batch
    finally:
        coming.cancel()


async def _read_json(
    storage: Storage, entry: Entry, spool: Spool, patience: Patience, prices: Prices
) -> LogRows:
    patience.check(entry.size)
    data = await storage.get(entry.path, etag=entry.etag)
    return await asyncio.to_thread(_json_rows, data, entry.path, spool, prices)


def _json_rows(data: bytes, location: str, spool: Spool, prices: Prices) -> LogRows:
    record = decode(data, LOG)
    rows = _eval_rows(record, prices)
    first = rows.eval["headline_scorer"]
    log = _Log(Collector(spool, Packer(), location, rows.headline, first), prices)
    # Of two with one id the last counts, as in an archive.
    named = {_json_name(number, raw): raw for number, raw in enumerate(record.samples or (), 1)}
    for name, raw in named.items():
        unit = whole_unit(Member(name, 0, len(bytes(raw)), 0, 0, 0))
        log.take(unit, lambda raw=raw: bytes(raw))
    done = log.rows(rows, {}, None, spool)
    return msgspec.structs.replace(done, ledger={})


def _json_name(number: int, raw: msgspec.Raw) -> str:
    """A sample's name as an archive would have it; its number where it tells no id."""
    try:
        found = decode(bytes(raw), SAMPLE_ID)
    except Undecodable:
        return f"sample {number}"
    return member_name(found.id, found.epoch)
