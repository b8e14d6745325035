"""One root of files: a folder on this machine, or a bucket, behind the same few calls."""

from __future__ import annotations

import asyncio
import builtins
import logging
import mmap
import os
import secrets
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec
import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, from_url

from hawk.backends.storage.faults import storage_faults
from hawk.backends.storage.local import etag_of, files, folders, write
from hawk.backends.storage.paths import checked, checked_prefix
from hawk.errors import Conflict, NotFound, Unavailable, UsageFault
from hawk.settings import Settings, local_folder

if TYPE_CHECKING:
    from obstore import GetOptions, ObjectMeta, PutMode
    from obstore.store import ObjectStore

logger = logging.getLogger(__name__)

_IMPOSSIBLE = "object with invalid path"
"""What the store says of a key such as ``a//b``."""

_PATIENCE = timedelta(seconds=20)
"""For how long a bucket that refuses is asked again before its caller is told: less than a client waits."""

_PIECE = 1 << 20
"""Bytes that a piece of a stream has at least, but for the last."""


class Entry(msgspec.Struct, frozen=True):
    """A file as a listing shows it. ``etag`` changes whenever its bytes do."""

    path: str
    size: int
    etag: str
    modified: datetime


class Storage:
    """Files under ``root``, a URL without a slash at its end.

    Paths are relative to the root; one that leads out of it is a UsageFault. All calls raise
    Unavailable, with what to do, where the folder or the bucket can't be used.
    """

    def __init__(self, root: str) -> None:
        self.root = root
        self.folder = local_folder(root)
        with storage_faults(root):
            self._store = _open(root, self.folder)

    def url(self, path: str) -> str:
        """The URL of a file, as other tools take it."""
        return f"{self.root}/{quote(checked(path))}"

    async def get(self, path: str, *, etag: str | None = None) -> bytes:
        """A whole file. Raises NotFound, or Conflict where it is no longer the version ``etag``."""
        options: GetOptions = {"if_match": etag} if etag else {}
        with storage_faults(self.url(path)):
            found = await obstore.get_async(self._store, path, options=options)
            return (await found.bytes_async()).to_bytes()

    async def get_range(self, path: str, start: int, length: int, *, etag: str | None = None) -> bytes:
        """At most ``length`` bytes from ``start``, fewer where the file ends before. Raises as get."""
        if length <= 0:
            return b""
        options: GetOptions = {"range": (start, start + length)}
        if etag:
            options["if_match"] = etag
        with storage_faults(self.url(path)):
            found = await obstore.get_async(self._store, path, options=options)
            return (await found.bytes_async()).to_bytes()

    async def put(self, path: str, data: bytes, *, create: bool = False, if_match: str | None = None) -> None:
        """Write a whole file, durably.

        Raises Conflict where it is there already (``create``), or isn't the version ``if_match``.
        """
        place = self.url(path)
        with storage_faults(place):
            if self.folder is not None:
                await asyncio.to_thread(write, self.folder / path, data, create=create, if_match=if_match)
                return
            mode: PutMode = "create" if create else {"e_tag": if_match} if if_match else "overwrite"
            await obstore.put_async(self._store, path, data, mode=mode)

    async def stream(
        self, path: str, *, etag: str | None = None, start: int = 0, length: int | None = None
    ) -> AsyncIterator[bytes]:
        """A file's bytes from ``start``, at most ``length`` of them, in pieces. Raises as get_range."""
        if length is not None and length <= 0:
            return
        options: GetOptions = {"if_match": etag} if etag else {}
        if length is not None:
            options["range"] = (start, start + length)
        elif start:
            options["range"] = {"offset": start}
        with storage_faults(self.url(path)):
            found = await obstore.get_async(self._store, path, options=options)
            async for piece in found.stream(min_chunk_size=_PIECE):
                yield bytes(piece)

    async def put_file(self, path: str, source: Path, *, create: bool = False) -> None:
        """Write a file of this machine, durably, without having it in memory. Raises as put."""
        if not source.is_file():
            raise NotFound(f"There is no file {source}.")
        with storage_faults(self.url(path)):
            if self.folder is not None:
                await asyncio.to_thread(write, self.folder / path, source, create=create)
            elif create:
                await self._create_from(path, source)
            else:
                await obstore.put_async(self._store, path, source)

    async def _create_from(self, path: str, source: Path) -> None:
        """A condition holds for one request only, so the file is its body as a whole, mapped."""
        if source.stat().st_size == 0:
            await obstore.put_async(self._store, path, b"", mode="create")
            return
        with source.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as body:
            await obstore.put_async(self._store, path, body, mode="create")

    async def list(self, prefix: str = "", *, deep: bool = True) -> list[Entry]:
        """All files in a folder and (``deep``) the folders below it, in the order of their paths."""
        below = checked_prefix(prefix)
        with storage_faults(f"{self.root}/{prefix}"):
            if self.folder is not None:
                return await asyncio.to_thread(_local_entries, self.folder, below, deep=deep)
            found = await self._listed(below) if deep else (await self._level(below))[0]
        # Consoles mark a folder by an empty file of its name.
        return sorted((_entry(one) for one in found if one["path"] != below), key=_by_path)

    async def _listed(self, below: str) -> Sequence[ObjectMeta]:
        """All objects below a folder, in one listing; folder by folder where some have impossible names."""
        try:
            listing = self._store.list(below or None)  # pyright: ignore[reportUnknownMemberType]
            return await listing.collect_async()
        except BaseError as error:
            if _IMPOSSIBLE not in str(error):
                raise
        return [one async for one in self._walked(below)]

    async def _walked(self, folder: str) -> AsyncIterator[ObjectMeta]:
        objects, folders_in_it = await self._level(folder)
        for one in objects:
            yield one
        for one in folders_in_it:
            async for below in self._walked(one):
                yield below

    async def _level(self, folder: str) -> tuple[Sequence[ObjectMeta], Sequence[str]]:
        """The objects and folders directly in a folder.

        A key that is no path, which a job may well write, hides its own folder and no other.
        """
        try:
            found = await self._store.list_with_delimiter_async(folder or None)  # pyright: ignore[reportUnknownMemberType]
        except BaseError as error:
            if _IMPOSSIBLE not in str(error):
                raise
            logger.warning("%s/%s is left out of a listing", self.root, folder, exc_info=True)
            return (), ()
        return found["objects"], found["common_prefixes"]

    async def folders(self, prefix: str = "") -> builtins.list[str]:
        """The paths of the folders directly in a folder, in order."""
        below = checked_prefix(prefix)
        with storage_faults(f"{self.root}/{prefix}"):
            if self.folder is not None:
                return await asyncio.to_thread(folders, self.folder, below)
            return sorted((await self._level(below))[1])

    async def check(self) -> None:
        """Raise Unavailable where nothing can be listed here, at the cost of one request."""
        with storage_faults(self.root):
            if self.folder is not None:
                await asyncio.to_thread(_look, self.folder)
                return
            listing = self._store.list(chunk_size=1)  # pyright: ignore[reportUnknownMemberType]
            await anext(aiter(listing), None)

    async def head(self, path: str) -> Entry:
        """What a listing says of one file. Raises NotFound."""
        with storage_faults(self.url(path)):
            return _entry(await obstore.head_async(self._store, path))

    async def delete(self, path: str) -> None:
        """Remove a file; one that isn't there is fine."""
        try:
            with storage_faults(self.url(path)):
                await obstore.delete_async(self._store, path)
        except NotFound:
            return


class Places(msgspec.Struct, frozen=True):
    """``root`` has Hawk's records; ``evals`` is the folder of logs, which may lie elsewhere."""

    root: Storage
    evals: Storage


def open_storage(settings: Settings) -> Places:
    """The storage that the settings name; local folders are made where they are missing."""
    return Places(root=Storage(settings.storage_url), evals=Storage(settings.evals_url))


class Instance(msgspec.Struct, frozen=True):
    """Which installation a storage belongs to."""

    id: str


async def instance_id(storage: Storage) -> str:
    """The id of this installation, made once: two that look at the same time agree."""
    try:
        return await _read_instance(storage)
    except NotFound:
        return await _make_instance(storage)


async def _make_instance(storage: Storage) -> str:
    made = Instance(id=secrets.token_hex(8))
    try:
        await storage.put("instance.json", msgspec.json.encode(made), create=True)
    except Conflict:
        return await _read_instance(storage)
    return made.id


async def _read_instance(storage: Storage) -> str:
    body = await storage.get("instance.json")
    try:
        return msgspec.json.decode(body, type=Instance).id
    except msgspec.DecodeError as error:
        raise UsageFault(
            f"{storage.url('instance.json')} is not what Hawk wrote.",
            fix="Restore it from a backup, or remove it if nothing of Hawk's is running.",
        ) from error


def _open(root: str, folder: Path | None) -> ObjectStore:
    if folder is None:
        return from_url(root, retry_config={"retry_timeout": _PATIENCE})
    _make(folder)
    return LocalStore(folder)


def _local_entries(root: Path, below: str, *, deep: bool) -> list[Entry]:
    found = (
        Entry(path, stat.st_size, etag_of(stat), datetime.fromtimestamp(stat.st_mtime, UTC))
        for path, stat in files(root, below, deep=deep)
    )
    return sorted(found, key=_by_path)


def _by_path(entry: Entry) -> str:
    return entry.path


def _entry(meta: ObjectMeta) -> Entry:
    return Entry(
        path=meta["path"],
        size=meta["size"],
        etag=meta["e_tag"] or "",
        modified=meta["last_modified"],
    )


def _look(folder: Path) -> None:
    with os.scandir(folder) as found:
        next(found, None)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        in_the_way = next((p for p in (folder, *folder.parents) if p.exists() and not p.is_dir()), None)
        reason = f"{in_the_way} is not a folder" if in_the_way else error.strerror
        raise Unavailable(
            f"{folder} can't be made: {reason}.",
            fix="Set HAWK_HOME (or HAWK_STORAGE) to a folder of your own.",
        ) from error
