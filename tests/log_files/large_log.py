"""Takes in a log of 42 MB and gives it out again: ``python -m tests.log_files.large_log FOLDER``.

Prints its size, how many bytes came back, and how many were in memory at most.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import tracemalloc
import zipfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from hawk.client import client as client_module
from hawk.client.client import HawkClient
from hawk.settings import load_settings
from tests.importers.house import NAME, header, members, sample, write_archive
from tests.jobs.conftest import Stage, opened


async def main(folder: Path) -> None:
    """Do it."""
    settings = load_settings({"HAWK_HOME": f"{folder}/home", "XDG_CONFIG_HOME": f"{folder}/config"})
    noise = os.urandom(1 << 20).hex()
    rows = (sample(n, metadata={"noise": noise}) for n in range(20))
    path = write_archive(folder / NAME, members(*rows, head=header()), zipfile.ZIP_STORED)
    async with opened(settings, Stage()) as client:
        got, peak = await there_and_back(client, path)
    sys.stdout.write(f"{path.stat().st_size} {got} {peak}\n")


async def there_and_back(client: HawkClient, path: Path) -> tuple[int, int]:
    """How many bytes came back, and the peak."""
    client_module.PIECE = 1 << 20
    gc.collect()
    gc.disable()  # A command hardly collects, so pieces must not wait for that.
    tracemalloc.start()
    with path.open("rb") as file:
        pieces = iter(lambda: file.read(1 << 16), b"")
        await client.take_log("set", NAME, path.stat().st_size, aiter_of(pieces))
    got = sum([len(piece) async for piece in client.log_bytes(f"set/{NAME}")])
    return got, tracemalloc.get_traced_memory()[1]


async def aiter_of(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The same, one after another."""
    for piece in pieces:
        yield piece


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
