"""A body on its way into storage: a file of this machine, its hash, and whether it is a log."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import tempfile
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import msgspec

from hawk.backends.storage.faults import storage_faults
from hawk.backends.storage.store import Storage
from hawk.errors import UsageFault
from hawk.importers.decoding import Undecodable
from hawk.importers.directory import ArchiveFault
from hawk.importers.header import read_header

_PIECE = 1 << 20
_ABANDONED = 24 * 3600
"""Seconds after which a draft belongs to a process that was killed."""


class Received(msgspec.Struct, frozen=True):
    """A whole body. ``sha256`` is in hex."""

    path: Path
    size: int
    sha256: str


@asynccontextmanager
async def received(folder: Path, name: str, body: AsyncIterator[bytes]) -> AsyncGenerator[Received]:
    """Keep a body in a file under ``folder`` for as long as it is needed. Raises Unavailable."""
    with storage_faults(folder.as_uri()):
        draft = await asyncio.to_thread(_make_draft, folder)
    try:
        with storage_faults(draft.as_uri()):
            file = await _write(draft / name, body)
        yield file
    finally:
        await asyncio.to_thread(shutil.rmtree, draft, ignore_errors=True)


async def check_log(file: Received) -> None:
    """Raises UsageFault, with the reason, where a file is no log of Inspect's."""
    here = Storage(file.path.parent.as_uri())
    try:
        await read_header(here, await here.head(file.path.name))
    except (ArchiveFault, Undecodable) as fault:
        raise UsageFault(
            f"{file.path.name} is no log that can be read: {fault}.", fix="Fetch or copy it again."
        ) from fault


async def _write(path: Path, body: AsyncIterator[bytes]) -> Received:
    digest, size = hashlib.sha256(), 0
    file: BinaryIO = await asyncio.to_thread(path.open, "wb")
    with file:
        async for piece in _pieces(body):
            digest.update(piece)
            size += len(piece)
            await asyncio.to_thread(file.write, piece)
    return Received(path, size, digest.hexdigest())


async def _pieces(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in pieces that are worth a thread."""
    kept = bytearray()
    async for piece in body:
        kept += piece
        if len(kept) >= _PIECE:
            yield bytes(kept)
            kept.clear()
    if kept:
        yield bytes(kept)


def _make_draft(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.iterdir():
        # Another upload's may go at any moment.
        with suppress(FileNotFoundError):
            if time.time() - left.stat().st_mtime > _ABANDONED:
                shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(dir=folder))
