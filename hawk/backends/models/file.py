"""The map of models in a file of this machine, read again whenever it changes."""

from __future__ import annotations

import asyncio
from pathlib import Path

from hawk.backends.models.listing import kind_of, read_listing
from hawk.backends.models.protocol import ModelGroups
from hawk.errors import HawkError, Unavailable

_Stamp = tuple[int, int, int]


class FileModels:
    """A file of TOML, YAML or JSON, by its name. Raises InvalidConfig for another."""

    seconds = 0.0

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kind = kind_of(path.name)
        self._read: tuple[_Stamp, str | HawkError] | None = None

    @property
    def place(self) -> str:
        """Its path."""
        return str(self._path)

    async def read(self, version: str | None) -> ModelGroups | None:
        """The map, if the file is another than that of ``version``."""
        try:
            found = self._path.stat()
            stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
            if self._read is not None and self._read[0] == stamp:
                if isinstance(self._read[1], HawkError):
                    raise self._read[1]
                if self._read[1] == version:
                    return None
            data = await asyncio.to_thread(self._path.read_bytes)
        except OSError as error:
            raise Unavailable(
                f"The map of models {self._path} can't be read: {error.strerror}.",
                fix="Give Hawk a file that it may read: `file` under [models] in hawk.toml.",
            ) from error
        return self._listing(stamp, data)

    def _listing(self, stamp: _Stamp, data: bytes) -> ModelGroups:
        try:
            listing = read_listing(data, self.place, self._kind)
        except HawkError as error:
            self._read = (stamp, error)
            raise
        self._read = (stamp, listing.version)
        return listing
