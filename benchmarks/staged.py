"""Where an import's time goes: ``python -m benchmarks.staged URL FOLDER``, in a process of its own."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import func, select

from benchmarks.measure import ROOT
from hawk.backends.storage.store import Storage
from hawk.importers.archive import Archive
from hawk.importers.decoding import decode
from hawk.importers.inflate import unpack
from hawk.importers.sample_records import SAMPLE
from hawk.importers.samples import final_scores
from hawk.importers.sync import sync
from hawk.importers.text.pages import Packer
from hawk.importers.text.sample import entries_of
from hawk.importers.timings import measured
from hawk.importers.units import units_of
from hawk.warehouse.engine import Database
from hawk.warehouse.tables.results import sample_usage, samples, scores
from hawk.warehouse.tables.text import text_pages

_TABLES = (samples, scores, sample_usage, text_pages)


@dataclass(frozen=True)
class Stages:
    """Seconds of each stage of an import by name, and how many rows it wrote."""

    seconds: dict[str, float]
    rows: int

    @property
    def floor(self) -> float:
        """What nothing that reads these logs in Python can do without: to unpack and to decode them."""
        return self.seconds["unzip"] + self.seconds["decode"]


def stages(url: str, folder: Path) -> Stages:
    """Import a folder's one log."""
    command = [sys.executable, "-m", "benchmarks.staged", url, str(folder)]
    done = subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE)
    return Stages(**json.loads(done.stdout))


async def _stages(url: str, folder: Path) -> Stages:
    storage = Storage(folder.absolute().as_uri())
    db = await Database.open(url)
    try:
        started = time.perf_counter()
        with measured() as found:
            await sync(db, storage)
        whole = time.perf_counter() - started
        async with db.read() as conn:
            counts = [await conn.scalar(select(func.count()).select_from(table)) for table in _TABLES]
    finally:
        await db.close()
    told = {name: stage.seconds for name, stage in found.items()}
    text = await _text(storage)
    seconds = {
        "list": told["list"],
        "unzip": told["unzip"],
        "decode": told["decode"],
        "rows": max(0.0, told["rows"] - text),
        "text": text,
        "write": told["write"] + told["current"],
        "commit": whole - sum(told.values()),
    }
    return Stages(seconds, sum(count or 0 for count in counts))


async def _text(storage: Storage) -> float:
    """The text alone, once more over the same bytes: in the import it is part of the rows."""
    (entry,) = [one for one in await storage.list() if one.path.endswith(".eval")]
    archive = await Archive.open(storage, entry)
    members = [unit.members[0] for unit in units_of(archive.members).values()]
    packer = Packer()
    found = 0.0
    async for batch in archive.spans(members):
        found += sum(_packed(packer, unpack(member, span)) for member, span in batch)
    return found


def _packed(packer: Packer, data: bytes) -> float:
    record = decode(data, SAMPLE)
    started = time.perf_counter()
    for one in entries_of(record, final_scores(record)):
        packer.add(0, one.kind, one.index, one.text)
    for _ in packer.full():
        pass
    return time.perf_counter() - started


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(_stages(sys.argv[1], Path(sys.argv[2]))))))
