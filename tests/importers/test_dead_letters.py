"""A log that can't be read is tried again, but not for ever; what hinders the way to it is no fault of it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from hawk.backends.storage.store import Storage
from hawk.clock import utc_now
from hawk.errors import Busy, Unavailable
from hawk.importers.sync import LAST_TRY
from hawk.warehouse.engine import Database
from hawk.warehouse.tables.results import logs
from tests.importers.house import NAME, House, members, sample, write_archive

LOG = f"set/{NAME}"


def its_time_comes(house: House) -> None:
    async def work(db: Database) -> None:
        async with db.write() as conn:
            due = update(logs).where(logs.c.retry_at.is_not(None))
            await conn.execute(due.values(retry_at=utc_now() - timedelta(seconds=1)))

    house.run(work)


def try_often(house: House, times: int) -> dict[str, Any]:
    for _ in range(times):
        house.sync()
        its_time_comes(house)
    return house.rows(logs)[0]


@pytest.mark.parametrize("state", ["failed", "partial"])
def test_bytes_that_stay_unreadable_become_a_dead_letter(house: House, state: str) -> None:
    path = write_archive(house.evals / LOG, members(sample(1)) | {"samples/2_epoch_1.json": b"no json"})
    if state == "failed":
        path.write_bytes(b"no archive")
    row = try_often(house, LAST_TRY - 1)
    assert (row["tries"], row["retry_at"] is None) == (LAST_TRY - 1, False)
    row = try_often(house, 3)
    assert (row["state"], row["tries"], row["retry_at"]) == (state, LAST_TRY, None)
    assert house.sync().failed == 1
    write_archive(path, members(sample(1), sample(2)))
    assert house.sync().imported == 1


def test_a_newer_importer_reads_a_dead_letter_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    (house.evals / "set").mkdir()
    (house.evals / LOG).write_bytes(b"no archive")
    assert try_often(house, LAST_TRY)["retry_at"] is None
    for module in ("sync", "store"):
        monkeypatch.setattr(f"hawk.importers.{module}.IMPORTER_VERSION", 1_000)
    house.sync()
    assert house.rows(logs)[0]["importer_version"] == 1_000


def test_a_storage_that_fails_is_tried_for_ever(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    write_archive(house.evals / LOG, members(sample(1)))

    async def down(self: Storage, *place: Any, **options: Any) -> bytes:
        raise Unavailable("The bucket does not answer.")

    with monkeypatch.context() as patch:
        patch.setattr(Storage, "get_range", down)
        row = try_often(house, LAST_TRY + 3)
        assert (row["state"], row["error"]) == ("failed", "The bucket does not answer.")
        assert row["retry_at"] is not None
    assert house.sync().imported == 1


def test_a_busy_database_is_no_failure_of_a_log(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_archive(house.evals / LOG, members(sample(1)))
    house.sync()
    write_archive(path, members(sample(1), sample(2)))

    async def busy(*_: Any) -> Any:
        raise Busy("The database is busy.")

    with monkeypatch.context() as patch:
        patch.setattr("hawk.importers.store.known_members", busy)
        with pytest.raises(Busy):
            house.sync()
    row = house.rows(logs)[0]
    assert (row["state"], row["error"], row["tries"]) == ("imported", None, 0)
    assert house.sync().imported == 1
