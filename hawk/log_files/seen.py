"""Which files of logs a caller may have: those whose models are known, and the caller's."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.auth.access import Access
from hawk.auth.visibility import visible
from hawk.warehouse.tables.access import eval_sets
from hawk.warehouse.tables.results import logs

ANY = None
Version = tuple[str, int] | None
"""The etag and the size of a file whose models are known; :data:`ANY` version of a log of a job's is,
for the job's config said what it uses."""

_AT_ONCE = 500


async def seen_versions(
    conn: AsyncConnection, access: Access, locations: Sequence[str]
) -> dict[str, Version]:
    """Of some logs those that the caller may see, each with the version whose models are known.

    One that was written since it was imported may have called other models meanwhile.
    """
    columns = (logs.c.location, logs.c.etag, logs.c.size, eval_sets.c.of_jobs)
    joined = logs.outerjoin(eval_sets, eval_sets.c.id == logs.c.eval_set_id)
    chosen = select(*columns).select_from(joined).where(*visible(access, logs.c.id))
    found: dict[str, Version] = {}
    for start in range(0, len(locations), _AT_ONCE):
        those = logs.c.location.in_(locations[start : start + _AT_ONCE])
        for row in await conn.execute(chosen.where(those)):
            found[row.location] = ANY if row.of_jobs else (row.etag, row.size)
    return found
