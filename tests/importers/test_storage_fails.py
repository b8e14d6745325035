"""Storage that refuses, is slow or changes under the reader: a clear state, and recovery by itself."""

import asyncio
import zipfile
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from hawk.backends.storage.store import Entry, Storage
from hawk.clock import utc_now
from hawk.errors import Unavailable
from hawk.importers.sync import SyncReport, sync
from hawk.warehouse.engine import Database
from hawk.warehouse.tables.results import logs
from tests.importers.house import House, header, members, sample, write_archive
from tests.servers.s3 import S3
from tests.servers.unsteady import Unsteady, unsteady

LOGS = ("set/1.eval", "set/2.eval", "other/1.eval")


@pytest.fixture
def front(s3_of_run: S3) -> Iterator[Unsteady]:
    with unsteady(s3_of_run.endpoint) as found:
        yield found


@pytest.fixture
def bucket(s3: str, front: Unsteady, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("AWS_ENDPOINT_URL", front.url)
    return s3


class Cloud:
    """A house whose logs are in a bucket."""

    def __init__(self, house: House, root: str) -> None:
        self.house = house
        self.root = root

    def put(self, path: str, content: dict[str, Any], method: int = zipfile.ZIP_DEFLATED) -> None:
        data = archive(self.house, content, method)
        asyncio.run(Storage(self.root).put(path, data))

    def sync(self) -> SyncReport:
        async def work(db: Database) -> SyncReport:
            return await sync(db, Storage(self.root))

        return self.house.run(work)

    def states(self) -> dict[str, str]:
        return {row["location"]: row["state"] for row in self.house.rows(logs)}


@pytest.fixture
def cloud(house: House, bucket: str) -> Cloud:
    made = Cloud(house, bucket)
    for name in LOGS:
        made.put(name, members(sample(1), sample(2)))
    return made


def its_time_comes(house: House) -> None:
    async def work(db: Database) -> None:
        async with db.write() as conn:
            waits = logs.c.retry_at.is_not(None)
            await conn.execute(update(logs).where(waits).values(retry_at=utc_now() - timedelta(seconds=1)))

    house.run(work)


def test_a_storage_that_refuses_now_and_then_is_asked_again(cloud: Cloud, front: Unsteady) -> None:
    asked: list[str] = []

    def every_third(_method: str, path: str) -> int | None:
        asked.append(path)
        return 503 if len(asked) % 3 == 0 else None

    front.trouble = every_third
    assert cloud.sync() == SyncReport(imported=3)
    assert front.refused > 0


def test_a_log_that_is_refused_for_long_costs_itself_and_is_tried_again(
    cloud: Cloud, front: Unsteady
) -> None:
    front.trouble = lambda method, path: 403 if method == "GET" and path.endswith("2.eval") else None
    report = cloud.sync()
    assert (report.imported, report.failed) == (2, 1)
    assert cloud.states() == {"other/1.eval": "imported", "set/1.eval": "imported", "set/2.eval": "failed"}
    front.trouble = lambda _method, _path: None
    its_time_comes(cloud.house)
    assert cloud.sync().imported == 1
    assert set(cloud.states().values()) == {"imported"}


def test_a_storage_that_lists_nothing_forgets_nothing(cloud: Cloud, front: Unsteady) -> None:
    cloud.sync()
    before = cloud.house.everything()
    front.trouble = lambda _method, path: 403 if "list-type" in path else None
    with pytest.raises(Unavailable):
        cloud.sync()
    assert cloud.house.everything() == before


def test_a_slow_storage_takes_its_time_only(cloud: Cloud, front: Unsteady) -> None:
    front.trouble = lambda _method, _path: 0.05
    assert cloud.sync().imported == 3


def test_a_log_that_is_always_another_version_is_pending(cloud: Cloud, front: Unsteady) -> None:
    front.trouble = lambda method, path: 412 if method == "GET" and path.endswith("2.eval") else None
    report = cloud.sync()
    assert (report.imported, report.pending) == (2, 1)
    assert "set/2.eval" not in cloud.states(), "nothing is wrong with it"
    front.trouble = lambda _method, _path: None
    assert cloud.sync().imported == 1


def test_a_log_of_a_bucket_written_between_two_reads_never_mixes(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = members(sample(2, target="new"), sample(3), head=header(status="cancelled"))
    with monkeypatch.context() as meanwhile:
        written_between(meanwhile, 2, lambda storage: storage.put("set/1.eval", archive(cloud.house, new)))
        assert cloud.sync().imported == 3
    clean_and_found_agree(cloud)


@pytest.mark.parametrize("read", range(1, 6))
def test_a_log_that_grows_while_its_growth_is_read_has_each_text_once(
    read: int, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.sync()
    # Too large to be read at once: some of it was taken already when the rest turns out to be another's.
    large = [sample(at, store={"noise": [f"{at} {number}" for number in range(300_000)]}) for at in (3, 4)]
    cloud.put("set/1.eval", members(sample(1), sample(2), *large), zipfile.ZIP_STORED)
    grown = archive(cloud.house, members(sample(1), sample(2), *large, sample(5)), zipfile.ZIP_STORED)
    with monkeypatch.context() as meanwhile:
        written_between(meanwhile, read, lambda storage: storage.put("set/1.eval", grown))
        cloud.sync()
    clean_and_found_agree(cloud)


def archive(house: House, content: dict[str, Any], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    return write_archive(house.folder / "newer.eval", content, method).read_bytes()


def written_between(
    monkeypatch: pytest.MonkeyPatch, read: int, write: Callable[[Storage], Awaitable[None]]
) -> None:
    """Have a log written before its so many-th read."""
    original = Storage.get_range
    reads: list[int] = []

    async def get_range(self: Storage, path: str, *place: Any, **options: Any) -> bytes:
        reads.extend([1] if path == "set/1.eval" else [])
        if len(reads) == read and path == "set/1.eval":
            reads.append(1)
            await write(self)
        return await original(self, path, *place, **options)

    monkeypatch.setattr(Storage, "get_range", get_range)


def clean_and_found_agree(cloud: Cloud) -> None:
    cloud.sync()
    clean = Cloud(House(cloud.house.folder / "clean"), cloud.root)
    clean.sync()
    assert cloud.house.everything() == clean.house.everything()


def no_space(*_: Any, **__: Any) -> Any:
    return Path("/dev/full").open("wb", buffering=0)


def test_a_full_disk_for_what_was_read_is_told_and_got_over(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_archive(house.evals / "set" / "1.eval", members(sample(1)))
    with monkeypatch.context() as full:
        full.setattr("hawk.importers.spool.IN_MEMORY", 1)
        full.setattr("tempfile.TemporaryFile", no_space)
        assert house.sync().failed == 1
    assert "No space left" in house.rows(logs)[0]["error"]
    its_time_comes(house)
    assert house.sync().imported == 1
    assert house.rows(logs)[0]["error"] is None


def test_entries_of_a_listing_that_are_old_do_no_harm(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A listing may lag behind: what it names is read as it is now, or left for the next time."""
    path = write_archive(house.evals / "set" / "1.eval", members(sample(1)))
    old = asyncio.run(Storage(house.evals.as_uri()).list())
    house.sync()
    write_archive(path, members(sample(1), sample(2)))
    house.sync()
    before = house.everything()

    async def stale(*_: Any) -> list[Entry]:
        return old

    with monkeypatch.context() as lagging:
        lagging.setattr(Storage, "list", stale)
        house.sync()
    house.sync()
    assert house.everything() == before
