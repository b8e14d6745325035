"""The packages that came with a submission, and what a launch needs to install them."""

from __future__ import annotations

import asyncio
import hashlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from hawk.backends.storage.store import Storage
from hawk.errors import InvalidConfig, NotFound, Unavailable
from hawk.jobs.records import LaunchRecord
from hawk.jobs.types import UploadedWheel
from hawk.packages.files import replace_bytes
from hawk.packages.hawk_wheel import hawk_wheel, runner_requirements
from hawk.settings import Settings


class ReadyPackages(msgspec.Struct, frozen=True):
    """Paths and requirement strings of a launch, for the machine that runs it."""

    requirements: tuple[str, ...]
    hawk_wheel: str
    python: str
    wheels: str


class _Own(msgspec.Struct, frozen=True):
    wheel: Path
    requirements: tuple[str, ...]


class Packages:
    """Keeps uploaded wheels in storage, and lays them out on this machine for its backends."""

    def __init__(self, settings: Settings, storage: Storage) -> None:
        self._folder = settings.home / "packages"
        self._home = settings.home
        self._storage = storage
        self._own: _Own | None = None

    async def keep(self, sha256: str, filename: str, content: bytes) -> None:
        """Keep a wheel. Raises InvalidConfig where the content is not what the hash says."""
        if hashlib.sha256(content).hexdigest() != sha256:
            raise InvalidConfig(f"{filename} arrived damaged.", fix="Send it again.")
        if not filename.endswith(".whl"):
            raise InvalidConfig(f"{filename} is not a wheel.", fix="Build one with: uv build --wheel")
        await self._storage.put(f"packages/{sha256}/{filename}", content)

    async def require(self, sha256: str, filename: str) -> None:
        """Raises NotFound where a wheel is not kept."""
        try:
            await self._storage.head(f"packages/{sha256}/{filename}")
        except NotFound as error:
            # The storage's own words name a place of the server's.
            raise NotFound(f"There is no wheel {filename} with this hash.", fix="Upload it.") from error

    async def check(self, wheels: Sequence[UploadedWheel]) -> None:
        """Raises InvalidConfig where a wheel that a submission names was not uploaded before."""
        for wheel in wheels:
            try:
                await self.require(wheel.sha256, wheel.filename)
            except NotFound as error:
                raise InvalidConfig(
                    f"The wheel {wheel.filename} was not uploaded.",
                    fix=f"Put it to /api/packages/{wheel.sha256}/{wheel.filename} first.",
                ) from error

    async def ready(self, record: LaunchRecord) -> ReadyPackages:
        """Everything that a launch installs, on this machine's disk."""
        try:
            for wheel in record.packages:
                await self._lay_out(wheel)
            own = await asyncio.to_thread(self._of_hawk)
        except OSError as error:
            raise Unavailable(
                f"The packages can't be laid out in {self._home}: {error.strerror or error}.",
                fix="Check the disk and its permissions, or set HAWK_HOME to another folder.",
            ) from error
        return ReadyPackages(
            requirements=(*record.requirements, *own.requirements),
            hawk_wheel=str(own.wheel),
            python=sys.executable,
            wheels=str(self._folder),
        )

    def _of_hawk(self) -> _Own:
        """The copy of the Hawk that runs here, looked for once: to find it, all its files are read."""
        if self._own is None or not self._own.wheel.exists():
            self._own = _Own(hawk_wheel(self._home), runner_requirements())
        os.utime(self._own.wheel.parent)  # `hawk clean` leaves alone what was just used.
        return self._own

    async def _lay_out(self, wheel: UploadedWheel) -> None:
        target = self._folder / wheel.sha256 / wheel.filename
        if not target.exists():
            content = await self._storage.get(f"packages/{wheel.sha256}/{wheel.filename}")
            target.parent.mkdir(parents=True, exist_ok=True)
            await asyncio.to_thread(replace_bytes, target, content)
        os.utime(target.parent)  # `hawk clean` leaves alone what was just used.
