"""``python -m hawk.importers EVALS PRICES``: import all there is into HAWK_DATABASE_URL.

Started by Hawk itself, with the prices of its settings as JSON.
"""

from __future__ import annotations

import asyncio
import os
import sys

import msgspec

from hawk.backends.storage.store import Storage
from hawk.importers.background import turn
from hawk.importers.sync import sync
from hawk.settings import ModelPrice, Prices
from hawk.warehouse.address import address_of
from hawk.warehouse.engine import Database

_NICENESS = 10


def main(database_url: str, evals: str, prices: Prices) -> int:
    """Import all there is, unless another process is at it. Returns how many logs are left."""
    return asyncio.run(_in_turn(database_url, evals, prices))


async def _in_turn(database_url: str, evals: str, prices: Prices) -> int:
    async with turn(address_of(database_url)) as mine:
        if not mine:
            return 0
        os.nice(_NICENESS)
        return await _import(database_url, evals, prices)


async def _import(database_url: str, evals: str, prices: Prices) -> int:
    db = await Database.open(database_url)
    try:
        return (await sync(db, Storage(evals), prices=prices)).pending
    finally:
        await db.close()


if __name__ == "__main__":
    told = msgspec.json.decode(sys.argv[2], type=dict[str, ModelPrice])
    sys.exit(1 if main(os.environ["HAWK_DATABASE_URL"], sys.argv[1], told) else 0)
