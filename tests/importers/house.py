"""A warehouse and a folder of logs to try the importer on, and logs made by hand."""

import asyncio
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Table, select

from hawk.backends.storage.store import Storage
from hawk.importers.sync import SyncReport, sync
from hawk.importers.transcript import read_sample
from hawk.warehouse.engine import Database
from tests.importers.told import Told, told

NAME = "2026-01-01T00-00-00+00-00_task_abc.eval"


class House:
    def __init__(self, folder: Path, database_url: str | None = None) -> None:
        self.folder = folder
        self.evals = folder / "evals"
        self.database = database_url or f"sqlite:///{folder / 'hawk.db'}"
        self.evals.mkdir(parents=True, exist_ok=True)

    def sync(self, prefix: str | None = None, **options: Any) -> SyncReport:
        async def work(db: Database) -> SyncReport:
            return await sync(db, Storage(self.evals.as_uri()), prefix, **options)

        return self.run(work)

    def run(self, work: Any) -> Any:
        async def main() -> Any:
            db = await Database.open(self.database)
            try:
                return await work(db)
            finally:
                await db.close()

        return asyncio.run(main())

    def rows(self, table: Table) -> list[dict[str, Any]]:
        async def work(db: Database) -> list[dict[str, Any]]:
            async with db.read() as conn:
                return [dict(row) for row in (await conn.execute(select(table))).mappings()]

        return self.run(work)

    def transcript(self, location: str, sample_id: str | int, epoch: int) -> bytes:
        return asyncio.run(read_sample(Storage(self.evals.as_uri()), location, sample_id, epoch))

    def everything(self) -> Told:
        return self.run(told)


def header(**changes: Any) -> dict[str, Any]:
    spec = {
        "eval_id": "e1",
        "run_id": "r1",
        "created": "2026-01-01T00:00:00+00:00",
        "task": "task",
        "task_id": "t1",
        "model": "mock/m",
        "dataset": {"samples": 2},
        "config": {"epochs": 1},
        **changes.pop("eval", {}),
    }
    return {"version": 2, "status": "success", "eval": spec, "plan": {"steps": []}, **changes}


def sample(sample_id: str | int, epoch: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "id": sample_id,
        "epoch": epoch,
        "input": "q",
        "target": "a",
        "uuid": f"u{sample_id}-{epoch}",
        "messages": [{"role": "user", "content": "q"}],
        "scores": {"match": {"value": "C"}},
        "model_usage": {"mock/m": {"input_tokens": 2, "output_tokens": 1, "total_tokens": 3}},
        "started_at": "2026-01-01T00:00:01+00:00",
        "completed_at": "2026-01-01T00:00:02+00:00",
        **changes,
    }


def members(
    *samples: dict[str, Any], head: dict[str, Any] | None = None, running: bool = False
) -> dict[str, Any]:
    """A log's members by name. A running one has no header yet."""
    found = {f"samples/{one['id']}_epoch_{one['epoch']}.json": one for one in samples}
    top = head or header()
    return {"_journal/start.json" if running else "header.json": top, **found}


def write_archive(path: Path, content: Mapping[str, Any], method: int = zipfile.ZIP_DEFLATED) -> Path:
    """Write an archive as the recorder does it: beside, then in its place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    with zipfile.ZipFile(partial, "w", method) as archive:
        for name, value in content.items():
            archive.writestr(name, value if isinstance(value, bytes) else json.dumps(value))
    return partial.replace(path)
