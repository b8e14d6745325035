"""Rows as an import leaves them, for lists that no test wants to run evals for."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert

from hawk.warehouse.engine import Database
from hawk.warehouse.tables.results import evals, logs, samples

START = datetime(2026, 1, 1, tzinfo=UTC)


def minutes(number: float) -> datetime:
    return START + timedelta(minutes=number)


def log_row(number: int, *, eval_set: str = "set", **changes: Any) -> dict[str, Any]:
    return {
        "id": number,
        "location": f"{eval_set}/2026-01-01T00-00-00_task_{number}.eval",
        "eval_set_id": eval_set,
        "etag": "e",
        "size": 1,
        "modified": minutes(number),
        "importer_version": 1,
        "imported_at": minutes(number),
        "state": "imported",
        "error": None,
        **changes,
    }


def eval_row(number: int, *, eval_set: str = "set", **changes: Any) -> dict[str, Any]:
    return {
        "log_id": number,
        "id": f"eval-{number}",
        "eval_set_id": eval_set,
        "location": log_row(number, eval_set=eval_set)["location"],
        "task": "task",
        "task_id": f"t{number}",
        "model": "mock/m",
        "solver": None,
        "status": "success",
        "error": None,
        "samples_total": 10,
        "samples_done": 10,
        "samples_errors": 0,
        "scores": {},
        "score": None,
        "created_by": None,
        "created_at": minutes(number),
        "completed_at": minutes(number + 1),
        "import_error": None,
        "tokens_input": 2,
        "tokens_output": 1,
        "tokens_total": 3,
        **changes,
    }


def sample_row(number: int, *, log: int = 1, eval_set: str = "set", **changes: Any) -> dict[str, Any]:
    return {
        "pk": number + 1,
        "id": f"id{number:08}",
        "log_id": log,
        "eval_set_id": eval_set,
        "task_id": "t",
        "uuid": f"uuid{number}",
        "sample_id": str(number),
        "sample_id_is_integer": False,
        "epoch": 1,
        "current": True,
        "status": "success",
        "error": None,
        "limit": None,
        "scores": {},
        "score": None,
        "messages": 3,
        "tool_calls": 0,
        "text_size": 0,
        "tokens_input": 2,
        "tokens_output": 1,
        "tokens_total": 3,
        "completed_at": minutes(number),
        **changes,
    }


async def add(
    db: Database,
    *,
    log_rows: list[dict[str, Any]] = (),
    eval_rows: list[dict[str, Any]] = (),
    sample_rows: list[dict[str, Any]] = (),
) -> None:
    async with db.write() as conn:
        for table, rows in ((logs, log_rows), (evals, eval_rows), (samples, sample_rows)):
            if rows:
                await conn.execute(insert(table), rows)


async def add_evals(db: Database, *rows: dict[str, Any]) -> None:
    """Evals with their logs."""
    of = [log_row(row["log_id"], eval_set=row["eval_set_id"]) for row in rows]
    await add(db, log_rows=of, eval_rows=list(rows))
