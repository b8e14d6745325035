"""All that a warehouse says of logs, in a form that two ways to the same state share."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.importers import ledger
from hawk.importers.text.pages import decode_owners, open_body, texts_of
from hawk.warehouse.engine import Database
from hawk.warehouse.tables.results import (
    eval_models,
    eval_usage,
    evals,
    logs,
    sample_usage,
    samples,
    scores,
    unread_samples,
)
from hawk.warehouse.tables.text import text_pages

Told = dict[str, list[str]]

INTERNAL = {"pk", "log_id", "sample_pk"}
_ROWS = (evals, samples, scores, eval_usage, sample_usage, eval_models, unread_samples)
_LEDGER = ("location", "eval_set_id", "state", "error", "size")


async def told(db: Database) -> Told:
    """Rows by table, and texts, by natural keys, each in an order of its own.

    Without the numbers that the database gave, times of imports, and what versions of files are called.
    """
    async with db.read() as conn:
        rows = {table: await _rows(conn, table) for table in (logs, *_ROWS, text_pages)}
    locations = {row["id"]: row["location"] for row in rows[logs]}
    names = {row["pk"]: row["id"] for row in rows[samples]}

    def plain(row: Mapping[str, Any]) -> str:
        kept = {name: value for name, value in row.items() if name not in INTERNAL}
        place = (locations.get(row.get("log_id")), names.get(row.get("sample_pk")))
        return f"{place} {sorted(kept.items())!r}"

    found = {table.name: sorted(map(plain, rows[table])) for table in _ROWS}
    found["logs"] = sorted(repr([row[key] for key in _LEDGER] + _members(row)) for row in rows[logs])
    found["text"] = _texts(rows[text_pages], names)
    return found


async def _rows(conn: AsyncConnection, table: Table) -> list[Mapping[str, Any]]:
    return [dict(row) for row in (await conn.execute(select(table))).mappings()]


def _members(row: Mapping[str, Any]) -> list[Any]:
    return sorted(ledger.unpack(row["members"]).items()) if row["state"] != "failed" else []


def _texts(pages: list[Mapping[str, Any]], names: Mapping[int, str]) -> list[str]:
    """Every entry of every sample, numbered in its order, and nothing of what has no owner."""
    found: dict[str, list[str]] = defaultdict(list)
    for page in sorted(pages, key=lambda page: (page["log_id"], page["position"])):
        for owner, text in texts_of(open_body(page["body"]), decode_owners(page["entries"])):
            if owner.sample in names:
                mine = found[names[owner.sample]]
                mine.append(f"{len(mine)} {owner.kind} {owner.index} {owner.part} {text!r}")
    return sorted(f"{name} {entry}" for name, entries in found.items() for entry in entries)
