"""Finding one sample, and its JSON in the log that it came from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from hawk.backends.storage.store import Storage
from hawk.errors import NotFound
from hawk.results.queries.samples import find_sample
from hawk.results.types import Sample
from hawk.warehouse.engine import Database

Fresh = Callable[[str | None], Awaitable[None]]
"""Brings one eval set, or all of them, up to date."""


async def fresh_sample(db: Database, fresh: Fresh, name: str) -> Sample:
    """The sample of this uuid or id, as its eval set has it now. Raises NotFound.

    Only what isn't known yet costs a look at every eval set.
    """
    known = await _known(db, name)
    await fresh(known.eval_set_id if known else None)
    async with db.read() as conn:
        return await find_sample(conn, name)


async def _known(db: Database, name: str) -> Sample | None:
    async with db.read() as conn:
        try:
            return await find_sample(conn, name)
        except NotFound:
            return None


async def sample_json(evals: Storage, sample: Sample) -> bytes:
    """The sample's own JSON, byte for byte. Raises Conflict where its log has it no longer."""
    raise NotImplementedError
