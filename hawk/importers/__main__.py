"""``python -m hawk.importers DATABASE EVALS``: import all there is. Started by Hawk itself."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from hawk.backends.storage.store import Storage
from hawk.importers.background import turn
from hawk.importers.sync import sync
from hawk.warehouse.engine import Database

_NICENESS = 10


def main(database: Path, evals: str) -> int:
    """Import all there is, unless another process is at it. Returns how many logs are left."""
    with turn(database) as mine:
        if not mine:
            return 0
        os.nice(_NICENESS)
        return asyncio.run(_import(database, evals))


async def _import(database: Path, evals: str) -> int:
    db = await Database.open(f"sqlite:///{database}")
    try:
        return (await sync(db, Storage(evals))).pending
    finally:
        await db.close()


if __name__ == "__main__":
    sys.exit(1 if main(Path(sys.argv[1]), sys.argv[2]) else 0)
