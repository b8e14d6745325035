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
from hawk.importers.sync import sync
from hawk.importers.timings import measured
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
    # The text is a part of the rows.
    told = {name: stage.seconds for name, stage in found.items()}
    seconds = {
        "list": told["list"],
        "unzip": told["unzip"],
        "decode": told["decode"],
        "rows": told["rows"] - told["text"],
        "text": told["text"],
        "write": told["write"] + told["current"],
        "commit": whole - sum(told.values()) + told["text"],
    }
    return Stages(seconds, sum(count or 0 for count in counts))


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(_stages(sys.argv[1], Path(sys.argv[2]))))))
