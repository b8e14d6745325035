"""One log on its way from the API into a file."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import BinaryIO, Literal

import msgspec

from hawk.backends.storage.paths import checked
from hawk.cli.transfer import Transfer
from hawk.client.client import HawkClient
from hawk.errors import ChangedMeanwhile, Conflict, HawkError, Unavailable
from hawk.log_files.types import LogFile

_RACES = 5
"""How often a log is begun again that grows while it is fetched."""


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a log: ``there`` was there already, ``failed`` has a reason."""

    log: str
    path: str
    size: int
    outcome: Literal["fetched", "there", "failed"]
    reason: str | None = None


class Fetcher:
    """Fetches logs into a folder. With ``force`` a file that differs is replaced."""

    def __init__(self, client: HawkClient, folder: Path, shown: Transfer, *, force: bool) -> None:
        self._client = client
        self._folder = folder
        self._shown = shown
        self._force = force

    async def fetch(self, file: LogFile) -> Fetched:
        """Fetch one log. What is wrong with it costs only itself; Unavailable is raised."""
        # A server's names are no reason to write outside of the folder.
        path = self._folder / checked(file.log.partition("/")[2])
        try:
            fetched = await self._fetch(file, path)
        except Unavailable:
            raise
        except HawkError as error:
            return _outcome(file, path, "failed", str(error))
        return _outcome(file, path, "fetched" if fetched else "there")

    async def _fetch(self, file: LogFile, path: Path) -> bool:
        if path.exists() and not self._force:
            if not await self._is_same(file, path):
                raise Conflict(f"{path} is there already, and it differs.", fix="--force replaces it.")
            self._shown.moved(file.size)
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        for _ in range(_RACES):
            try:
                await self._write(file, path)
            except ChangedMeanwhile:
                continue
            return True
        raise Conflict(f"{file.log} is written all the time.", fix="Fetch it again when its eval has ended.")

    async def _is_same(self, file: LogFile, path: Path) -> bool:
        if path.stat().st_size != file.size:
            return False
        here = await asyncio.to_thread(_sha256, path)
        return here == await self._client.log_sha256(file.log)

    async def _write(self, file: LogFile, path: Path) -> None:
        partial = path.with_name(f"{path.name}.partial")
        moved = 0
        stream: BinaryIO = await asyncio.to_thread(partial.open, "wb")
        try:
            with stream:
                async for piece in self._client.log_bytes(file.log):
                    await asyncio.to_thread(stream.write, piece)
                    self._shown.moved(len(piece))
                    moved += len(piece)
        except ChangedMeanwhile:
            self._shown.moved(-moved)
            raise
        partial.replace(path)


def _sha256(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _outcome(
    file: LogFile, path: Path, outcome: Literal["fetched", "there", "failed"], reason: str | None = None
) -> Fetched:
    return Fetched(log=file.log, path=str(path), size=file.size, outcome=outcome, reason=reason)
