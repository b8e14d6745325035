"""What a warehouse says of its logs, in a form that is the same on every database and after every import.

Rows are told by natural keys: a log's location, a sample's id and epoch. Numbers that a database
gave, and when and how often something was imported, are left out; NUL in texts is what PostgreSQL keeps.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Collection, Mapping
from typing import Any, cast

import msgspec
from sqlalchemy import Select, Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.recovery.texts import texts_of_log
from hawk.warehouse.documents import REPLACEMENT
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

_OF_LOGS: dict[Table, tuple[str, ...]] = {
    logs: (),
    unread_samples: ("member",),
    evals: (),
    eval_models: ("model",),
    eval_usage: ("model",),
}
_OF_SAMPLES: dict[Table, tuple[str, ...]] = {samples: (), scores: ("position",), sample_usage: ("model",)}
_LEFT_OUT = {
    *("id", "pk", "log_id", "sample_pk"),
    *("etag", "modified", "imported_at", "importer_version", "tries", "retry_at"),
    *("members", "text_dead"),
}
_KEPT = {(evals, "id"), (samples, "id")}
_TEXT_SIZE = (logs, "text_size")
_AT_ONCE = 200


class SnapshotRow(msgspec.Struct, frozen=True):
    """One row: the key within its table, its location first, and what it says."""

    table: str
    key: tuple[Any, ...]
    values: dict[str, Any]


async def snapshot(conn: AsyncConnection) -> AsyncIterator[SnapshotRow]:
    """Every row of every log, log by log."""
    for location in await locations(conn):
        for row in await log_rows(conn, location):
            yield row
        ids = sorted(await sample_ids(conn, location))
        for start in range(0, len(ids), _AT_ONCE):
            for row in await sample_rows(conn, location, ids[start : start + _AT_ONCE]):
                yield row


async def locations(conn: AsyncConnection) -> list[str]:
    """Every log that the warehouse knows, in an order of bytes."""
    found = await conn.execute(select(logs.c.location))
    return sorted(row.location for row in found)


async def log_rows(conn: AsyncConnection, location: str) -> list[SnapshotRow]:
    """The rows of one log that belong to no sample, and a digest of each sample's text."""
    found: list[SnapshotRow] = []
    for table, keys in _OF_LOGS.items():
        chosen = select(table).where(logs.c.location == location)
        if table is not logs:
            chosen = chosen.join(logs, table.c.log_id == logs.c.id)
        found += await _rows(conn, chosen, table, (location,), keys)
    for text in await texts_of_log(conn, location):
        values = {"entries": text.entries, "size": text.size, "digest": text.digest}
        found.append(SnapshotRow("text", (location, text.sample_id, text.epoch), values))
    return found


async def sample_ids(conn: AsyncConnection, location: str) -> set[str]:
    """The ids of the rows of a log's samples: what :func:`sample_rows` is asked by."""
    chosen = select(samples.c.id).join(logs, samples.c.log_id == logs.c.id)
    return {row.id for row in await conn.execute(chosen.where(logs.c.location == location))}


async def sample_rows(conn: AsyncConnection, location: str, ids: Collection[str]) -> list[SnapshotRow]:
    """The rows of some samples of a log."""
    names = {
        row.pk: (location, row.sample_id, row.epoch)
        for row in await conn.execute(
            select(samples.c.pk, samples.c.sample_id, samples.c.epoch).where(samples.c.id.in_(ids))
        )
    }
    found: list[SnapshotRow] = []
    for table, keys in _OF_SAMPLES.items():
        owner = table.c.pk if table is samples else table.c.sample_pk
        for row in (await conn.execute(select(table).where(owner.in_(names)))).mappings():
            key = (*names[row[owner.name]], *(row[name] for name in keys))
            found.append(SnapshotRow(table.name, key, _values(table, row)))
    return sorted(found, key=_place)


async def _rows(
    conn: AsyncConnection, chosen: Select[Any], table: Table, owner: tuple[Any, ...], keys: tuple[str, ...]
) -> list[SnapshotRow]:
    found = (await conn.execute(chosen)).mappings()
    rows = [
        SnapshotRow(table.name, (*owner, *(row[key] for key in keys)), _values(table, row)) for row in found
    ]
    return sorted(rows, key=_place)


def _place(row: SnapshotRow) -> tuple[str, str]:
    return row.table, repr(row.key)


def _values(table: Table, row: Mapping[Any, Any]) -> dict[str, Any]:
    names = (column.name for column in table.columns)
    kept = (name for name in names if (table, name) in _KEPT or name not in _LEFT_OUT)
    return {name: _plain(row[name]) for name in kept if (table, name) != _TEXT_SIZE}


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", REPLACEMENT)
    if isinstance(value, float) and math.isnan(value):
        return "NaN"
    if isinstance(value, dict):
        return {_plain(key): _plain(one) for key, one in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_plain(one) for one in cast("list[Any]", value)]
    return value
