"""Logs to import: files, folders and prefixes of buckets, on this side of the API."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec

from hawk.backends.storage.store import Entry, Storage
from hawk.errors import NotFound, UsageFault
from hawk.importers.sync import is_log

_NAMES = "Inspect's logs are named *.eval, or TIME_TASK_ID.json."


class Source(msgspec.Struct, frozen=True):
    """One log where it lies. ``shown`` is how its place is told, ``folder`` the name of its folder."""

    storage: Storage
    entry: Entry
    shown: str
    folder: str

    @property
    def name(self) -> str:
        """The name of its file."""
        return self.entry.path.rpartition("/")[2]

    def pieces(self) -> AsyncIterator[bytes]:
        """Its bytes. Raises Conflict where it is written meanwhile."""
        return self.storage.stream(self.entry.path, etag=self.entry.etag)


async def find_sources(places: Sequence[str]) -> list[Source]:
    """All logs at the places, each once. Raises NotFound or UsageFault for one that has none."""
    found: dict[str, Source] = {}
    for place in places:
        for source in await _find(place):
            found.setdefault(source.storage.url(source.entry.path), source)
    return list(found.values())


async def _find(place: str) -> list[Source]:
    if "://" in place:
        root = place.rstrip("/")
        return await (_file(root.rpartition("/")[0], place) if is_log(_last(root)) else _below(root, place))
    path = Path(place).expanduser().absolute()
    if path.is_dir():
        return await _below(path.as_uri(), place)
    if not path.exists():
        raise NotFound(f"There is no {place}.", fix="Give a log, a folder of logs, or a URL such as s3://….")
    if not is_log(path.name):
        raise UsageFault(f"{place} is not named as a log.", fix=_NAMES)
    return await _file(path.parent.as_uri(), place)


async def _file(root: str, place: str) -> list[Source]:
    storage = Storage(root)
    return [_source(storage, await storage.head(_last(place)), place)]


async def _below(root: str, place: str) -> list[Source]:
    storage = Storage(root)
    logs = [entry for entry in await storage.list() if is_log(entry.path)]
    if not logs:
        raise NotFound(f"There are no logs in {place}.", fix=_NAMES)
    return [_source(storage, entry, f"{place.rstrip('/')}/{entry.path}") for entry in logs]


def _source(storage: Storage, entry: Entry, shown: str) -> Source:
    above = entry.path.rpartition("/")[0]
    top = storage.folder.name if storage.folder is not None else _last(storage.root)
    return Source(storage, entry, shown, _last(above) or top)


def _last(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]
