"""Hawk's own records of a job in storage: enough to rebuild its row, and to launch it again.

``jobs/<id>/<n>-<decision>.json`` is one object for each decision, written before it is
acknowledged and never changed; ``spec.yaml`` and ``requirements.lock`` are the newest launch's, for
people (JSON is YAML). No job can write here, and no secret is ever in here.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Literal, TypeVar

import msgspec
from sqlalchemy.engine import RowMapping

from hawk.backends.storage.store import Storage
from hawk.errors import Conflict, NotFound, Unavailable
from hawk.jobs.host import Host
from hawk.jobs.types import SampleStop, UploadedWheel
from hawk.specs.plan import JobKind

Decision = Literal["submitted", "resumed", "stop", "deleted"]


_NAME = re.compile(r"[0-9]{1,9}-[a-z]+\.json\Z")
_LAUNCHES = ("-submitted.json", "-resumed.json")
T = TypeVar("T")


class LaunchRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What was submitted or resumed: all that a launch needs but its secrets' values."""

    decision: Decision
    time: datetime
    user: str
    owner: str = ""
    """What the login provider never changes of the user (empty in records of older Hawks)."""
    launch: int
    key: str
    kind: JobKind
    backend: str
    spec: dict[str, Any]
    requirements: tuple[str, ...] = ()
    lock: str | None = None
    packages: tuple[UploadedWheel, ...] = ()
    secret_names: tuple[str, ...] = ()
    log_dir_allow_dirty: bool = False
    errors_only: bool = False
    priority: int = 0
    body: str = ""
    """The hash of the request, by which a retry of it is known (empty in records of older Hawks)."""
    host: Host | None = None
    """The machine that launched it, where the backend is a machine's own."""

    @property
    def owned_by(self) -> str:
        """Whose launch it is, as rows say it."""
        return self.owner or self.user


class EndRecord(msgspec.Struct, frozen=True, kw_only=True):
    """That somebody asked for an end: of the job, of one sample, or of Hawk's keeping it."""

    decision: Decision
    time: datetime
    user: str
    owner: str = ""
    launch: int
    sample: str | None = None
    action: SampleStop | None = None
    now: bool = False


class Records:
    """The records of jobs under one storage root."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def write(self, job_id: str, record: LaunchRecord | EndRecord) -> None:
        """Add a decision under the next free number; two writers at once get two numbers."""
        number = max(map(_number, await self._names(job_id)), default=0) + 1
        body = msgspec.json.format(msgspec.json.encode(record), indent=2)
        for candidate in range(number, number + 100):
            path = f"jobs/{job_id}/{candidate}-{record.decision}.json"
            try:
                await self._storage.put(path, body, create=True)
            except Conflict:
                continue
            return
        raise Unavailable(f"The decision about {job_id} can't be recorded.", fix="Try again.")

    async def write_newest(self, job_id: str, record: LaunchRecord) -> None:
        """Leave the newest launch's config and lock where people look for them."""
        spec = msgspec.json.format(msgspec.json.encode(record.spec), indent=2)
        await self._storage.put(f"jobs/{job_id}/spec.yaml", spec + b"\n")
        if record.lock is not None:
            await self._storage.put(f"jobs/{job_id}/requirements.lock", record.lock.encode())

    async def newest_launch(self, job_id: str) -> LaunchRecord | None:
        """The newest submission or resume on record, entered or not; None where there never was one."""
        async for record in self._launches(job_id):
            return record
        return None

    async def launch(self, entry: RowMapping) -> LaunchRecord:
        """The record of a launch that was entered: others may have been written and got no further."""
        job_id, number = entry["job_id"], entry["launch"]
        async for record in self._launches(job_id):
            if (record.launch, record.owned_by, record.key) == (number, entry["created_by"], entry["key"]):
                return record
        raise Unavailable(
            f"The record of launch {number} of {job_id} is missing in {self._storage.url(f'jobs/{job_id}')}.",
            fix="Restore it from a backup, or submit the config again.",
        )

    async def job_ids(self) -> list[str]:
        """Every job that has a folder of records."""
        return [path.rpartition("/")[2] for path in await self._storage.folders("jobs")]

    async def history(self, job_id: str) -> list[LaunchRecord | EndRecord]:
        """Every decision about a job, in their order."""
        names = sorted(await self._names(job_id), key=_number)
        return [await self._read(f"jobs/{job_id}/{name}", _kind_of(name)) for name in names]

    async def is_deleted(self, job_id: str) -> bool:
        """Whether the newest decision about a job is that it be deleted."""
        names = sorted(await self._names(job_id), key=_number)
        return bool(names) and names[-1].endswith("-deleted.json")

    async def keep_lock(self, job_id: str, lock: str) -> None:
        """Keep the lock that a runner resolved, so that the next launch runs on the same set."""
        await self._storage.put(f"jobs/{job_id}/requirements.lock", lock.encode())

    async def lock(self, job_id: str) -> str | None:
        """The lock of the newest launch, from the submission or from the runner."""
        try:
            return (await self._storage.get(f"jobs/{job_id}/requirements.lock")).decode()
        except NotFound:
            return None

    async def _launches(self, job_id: str) -> AsyncIterator[LaunchRecord]:
        """The submissions and resumes of a job, newest first."""
        names = sorted(await self._names(job_id), key=_number, reverse=True)
        for name in names:
            if name.endswith(_LAUNCHES):
                yield await self._read(f"jobs/{job_id}/{name}", LaunchRecord)

    async def _read(self, path: str, kind: type[T]) -> T:
        try:
            return msgspec.json.decode(await self._storage.get(path), type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Unavailable(
                f"{self._storage.url(path)} is not a record that this Hawk can read.",
                fix="Upgrade this Hawk if a newer one wrote it, or restore it from a backup.",
            ) from error

    async def _names(self, job_id: str) -> list[str]:
        entries = await self._storage.list(f"jobs/{job_id}/")
        names = (entry.path.rpartition("/")[2] for entry in entries)
        return [name for name in names if _NAME.match(name)]


def _number(name: str) -> int:
    return int(name.split("-", maxsplit=1)[0])


def _kind_of(name: str) -> type[LaunchRecord | EndRecord]:
    return LaunchRecord if name.endswith(_LAUNCHES) else EndRecord
