"""One log on its way to the API: what becomes of it, whatever that is."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable
from typing import Literal

import msgspec

from hawk.cli.importing.eval_sets import eval_set_of
from hawk.cli.importing.sources import Source
from hawk.client.client import HawkClient
from hawk.errors import HawkError, NotFound, Unavailable
from hawk.log_files.faults import another_file

Moved = Callable[[int], None]
"""Is told how many more bytes are done with."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a log: ``new`` would be added, ``there`` was there, ``failed`` has a reason."""

    source: str
    size: int
    outcome: Literal["new", "added", "there", "failed"]
    eval_set_id: str | None = None
    log: str | None = None
    reason: str | None = None


class Sender:
    """Sends logs to one server. With ``dry_run`` it finds out everything and sends nothing."""

    def __init__(self, client: HawkClient, eval_set: str | None, *, dry_run: bool, moved: Moved) -> None:
        self._client = client
        self._eval_set = eval_set
        self._dry_run = dry_run
        self._moved = moved
        self._sizes: dict[str, dict[str, int]] = {}

    async def send(self, source: Source) -> Outcome:
        """Send one log. What is wrong with it costs only itself; Unavailable of the server is raised."""
        try:
            eval_set = await eval_set_of(source, self._eval_set)
        except HawkError as error:
            return self._failed(source, error)
        log = f"{eval_set}/{source.name}"
        try:
            outcome = await self._deliver(source, eval_set, log)
        except Unavailable:
            raise
        except HawkError as error:
            return self._failed(source, error)
        return Outcome(
            source=source.shown, size=source.entry.size, outcome=outcome, eval_set_id=eval_set, log=log
        )

    async def _deliver(self, source: Source, eval_set: str, log: str) -> Literal["new", "added", "there"]:
        if await self._is_there(source, eval_set, log):
            self._moved(source.entry.size)
            return "there"
        if self._dry_run:
            return "new"
        body = self._counted(source.pieces())
        taken = await self._client.take_log(eval_set, source.name, source.entry.size, body)
        return "added" if taken.added else "there"

    async def _is_there(self, source: Source, eval_set: str, log: str) -> bool:
        """Whether the server has this very file, found out without sending it. Raises Conflict."""
        size = (await self._sizes_in(eval_set)).get(log)
        if size is None:
            return False
        if size != source.entry.size or await self._client.log_sha256(log) != await _sha256(source):
            raise another_file(log)
        return True

    async def _sizes_in(self, eval_set: str) -> dict[str, int]:
        if eval_set not in self._sizes:
            try:
                there = await self._client.log_files(eval_set)
            except NotFound:
                there = ()
            self._sizes[eval_set] = {one.log: one.size for one in there}
        return self._sizes[eval_set]

    async def _counted(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        async for piece in pieces:
            yield piece
            self._moved(len(piece))

    def _failed(self, source: Source, error: HawkError) -> Outcome:
        return Outcome(source=source.shown, size=source.entry.size, outcome="failed", reason=str(error))


async def _sha256(source: Source) -> bytes:
    digest = hashlib.sha256()
    async for piece in source.pieces():
        digest.update(piece)
    return digest.digest()
