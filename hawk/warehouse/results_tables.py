"""Which tables hold what logs say, and emptying them."""

from __future__ import annotations

from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.warehouse.tables import access as _access
from hawk.warehouse.tables import results as _results
from hawk.warehouse.tables import text as _text
from hawk.warehouse.tables.metadata import metadata

_IMPORTED = (_access, _results, _text)
"""All tables must be known before they are looked through."""


def results_tables() -> list[Table]:
    """The ledger of logs and every table whose rows go with a log's, parents first."""
    mine = {_results.logs}
    for table in metadata.sorted_tables:
        if any(key.column.table in mine for key in table.foreign_keys):
            mine.add(table)
    return [table for table in metadata.sorted_tables if table in mine]


async def empty_results(conn: AsyncConnection) -> None:
    """Remove all that logs say, inside the caller's write transaction."""
    names = [table.name for table in results_tables()]
    if conn.dialect.name == "postgresql":
        await conn.execute(text(f"TRUNCATE {', '.join(names)}"))
        return
    for name in reversed(names):
        await conn.execute(text(f"DELETE FROM {name}"))  # noqa: S608 - a table's own name
