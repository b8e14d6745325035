"""Finding one sample, and its JSON in the log that it came from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress

from hawk.auth.access import Access
from hawk.backends.storage.store import Storage
from hawk.errors import Conflict, NotFound
from hawk.importers.transcript import read_sample
from hawk.results.queries.samples import find_sample
from hawk.results.types import Sample
from hawk.warehouse.engine import Database

Fresh = Callable[[str | None], Awaitable[None]]
"""Brings one eval set, or all of them, up to date."""


async def fresh_sample(db: Database, fresh: Fresh, access: Access, name: str) -> Sample:
    """The sample of this uuid or id, as its eval set has it now. Raises NotFound.

    Only what isn't known yet costs a look at every eval set.
    """
    known = await _known(db, access, name)
    await fresh(known.eval_set_id if known else None)
    async with db.read() as conn:
        return await find_sample(conn, access, name)


async def _known(db: Database, access: Access, name: str) -> Sample | None:
    async with db.read() as conn:
        try:
            return await find_sample(conn, access, name)
        except NotFound:
            return None


async def sample_json(evals: Storage, sample: Sample) -> bytes:
    """The sample's own JSON, byte for byte.

    Raises Conflict where its log has it no longer or is written all the time, Unavailable where
    the log is damaged.
    """
    try:
        return await _read(evals, sample)
    except NotFound as error:
        raise Conflict(
            f"Sample {sample.sample_id}, epoch {sample.epoch}, is no longer in {sample.log}: "
            "the log was changed or removed since it was imported.",
            fix="List the samples again to see what is there now.",
        ) from error


async def _read(evals: Storage, sample: Sample) -> bytes:
    for _ in range(_RACES):
        with suppress(Conflict):
            return await read_sample(evals, sample.log, sample.sample_id, sample.epoch)
    return await read_sample(evals, sample.log, sample.sample_id, sample.epoch)


_RACES = 2
"""How often a log that is written at this very moment is read again."""
