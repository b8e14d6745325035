"""Fills a database with the corpus, by the importer's own decoder, rows and writer.

``python -m benchmarks.corpus.filling URL LOGS``. Of an import only the archives are left out.
"""

from __future__ import annotations

import asyncio
import sys
import zlib
from datetime import UTC, datetime

import msgspec

from benchmarks.corpus import content
from benchmarks.logs.text import Text
from hawk.backends.storage.store import Entry
from hawk.importers.decoding import decode
from hawk.importers.evals import eval_rows
from hawk.importers.ledger import Known, Ledger
from hawk.importers.reading import LogRows
from hawk.importers.records import HEADER
from hawk.importers.rows import Collector
from hawk.importers.sample_records import SAMPLE
from hawk.importers.spool import Spool
from hawk.importers.text.pages import Packer
from hawk.importers.writing import write_log
from hawk.warehouse.engine import Database

_MODIFIED = datetime(2026, 10, 1, tzinfo=UTC)


async def fill(url: str, logs: int) -> None:
    """Import the first so many logs of the corpus, each in a transaction of its own."""
    db = await Database.open(url)
    try:
        for log in range(logs):
            await _add(db, log)
    finally:
        await db.close()


async def _add(db: Database, log: int) -> None:
    entry = Entry(path=content.location(log), size=1, etag=f"{log}", modified=_MODIFIED)
    values = {
        "eval_set_id": content.eval_set(log),
        "state": "imported",
        "error": None,
        "tries": 0,
        "retry_at": None,
    }
    spool = Spool()
    try:
        rows = _rows(log, entry.path, spool)
        async with db.write() as conn:
            await write_log(conn, entry, None, rows, values)
    finally:
        spool.close()


def _rows(log: int, location: str, spool: Spool) -> LogRows:
    rows = eval_rows(decode(msgspec.json.encode(content.header(log)), HEADER))
    collector = Collector(spool, Packer(), location, rows.headline)
    text, ledger = Text(log), Ledger()
    for at in range(content.SAMPLES_A_LOG):
        data = msgspec.json.encode(content.sample(log, at, text))
        found = collector.add(decode(data, SAMPLE), None)
        ledger[found.sample_name] = Known(len(data), zlib.crc32(data), found.id)
    collector.finish()
    models = frozenset(collector.models) | rows.models
    return LogRows(rows, ledger, None, spool, collector.count, models, {}, passing=False)


if __name__ == "__main__":
    asyncio.run(fill(sys.argv[1], int(sys.argv[2])))
