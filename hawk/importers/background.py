"""Imports that take longer than a command may: in a process of their own, one at a time."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from hawk.settings import Prices
from hawk.warehouse.address import Address


async def start_import(database: Address, evals: str, prices: Prices) -> None:
    """Start a process that imports all there is, unless one is at it already, and don't wait for it."""
    async with turn(database) as mine:
        if not mine:
            return
    _start(database, evals, prices)


@asynccontextmanager
async def turn(database: Address) -> AsyncGenerator[bool]:
    """Whether it is this process's turn; no other gets it meanwhile, on any machine."""
    if database.path is None:
        from hawk.warehouse.postgresql.locks import IMPORT, try_lock

        async with try_lock(database, IMPORT) as mine:
            yield mine
        return
    with _lock_file(database.path).open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _start(database: Address, evals: str, prices: Prices) -> None:
    subprocess.Popen(
        [sys.executable, "-P", "-m", "hawk.importers", evals, msgspec.json.encode(prices).decode()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd=database.path.parent if database.path else "/",
        # A password in an argument would be everybody's to read.
        env={**os.environ, "HAWK_DATABASE_URL": database.url},
    )


def _lock_file(database: Path) -> Path:
    return database.with_name(f"{database.name}.import.lock")
