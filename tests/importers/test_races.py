"""Several at once, and one that dies at any moment: rows are of before or after, never of between."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hawk.backends.storage.store import Entry, Storage
from hawk.importers.background import turn
from hawk.importers.sync import sync
from hawk.warehouse.address import address_of
from hawk.warehouse.engine import Database
from hawk.warehouse.tables.results import evals, logs, samples
from tests.importers.house import NAME, House, header, members, sample, write_archive

LOG = f"set/{NAME}"


def test_two_syncs_at_once_come_to_one_result(house: House) -> None:
    for number in range(10):
        write_archive(house.evals / "set" / f"{number}.eval", members(*(sample(at) for at in range(5))))

    async def both(db: Database) -> Any:
        other = await Database.open(house.database)
        storage = Storage(house.evals.as_uri())
        reports = await asyncio.gather(sync(db, storage), sync(other, storage))
        await other.close()
        return reports

    first, second = house.run(both)
    assert first.imported + second.imported == 10
    assert first.unchanged + second.unchanged == 10
    assert len(house.rows(samples)) == 50


def test_a_log_that_vanishes_meanwhile_is_no_failure(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_archive(house.evals / LOG, members(sample(1)))
    original = Storage.list

    async def list_then_lose(self: Storage, prefix: str = "") -> list[Entry]:
        found = await original(self, prefix)
        path.unlink()
        return found

    monkeypatch.setattr(Storage, "list", list_then_lose)
    report = house.sync()
    assert (report.imported, report.failed) == (0, 0)
    assert house.rows(logs) == []


def test_a_log_written_while_it_is_read_never_mixes(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_archive(house.evals / LOG, members(sample(1), running=True))
    original = Storage.get_range
    calls: list[int] = []

    async def replaced_once(self: Storage, *place: Any, **options: Any) -> bytes:
        calls.append(1)
        if len(calls) == 2:
            write_archive(path, members(sample(2), sample(3), head=header(status="cancelled")))
        return await original(self, *place, **options)

    monkeypatch.setattr(Storage, "get_range", replaced_once)
    assert house.sync().imported == 1
    assert sorted(row["sample_id"] for row in house.rows(samples)) == ["2", "3"]
    assert house.rows(evals)[0]["status"] == "cancelled"
    assert house.sync().unchanged == 1


def test_a_log_that_is_always_being_written_is_pending(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_archive(house.evals / LOG, members(sample(1)))
    original = Storage.get_range

    async def always_replaced(self: Storage, *place: Any, **options: Any) -> bytes:
        write_archive(path, members(sample(1)))
        return await original(self, *place, **options)

    monkeypatch.setattr(Storage, "get_range", always_replaced)
    assert house.sync().pending == 1
    assert house.rows(logs) == []


DYING = """
import os, signal, sys
from sqlalchemy import event
from sqlalchemy.engine import Engine
from hawk.importers.__main__ import main

left = int(sys.argv[3])

@event.listens_for(Engine, "before_cursor_execute")
def count(*_):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

sys.exit(main(sys.argv[1], sys.argv[2], {}))
"""


def import_and_die(house: House, statements: int) -> int:
    command = [sys.executable, "-c", DYING, house.database, house.evals.as_uri(), str(statements)]
    return subprocess.run(command, check=False, timeout=60).returncode


def test_a_killed_import_leaves_what_was_before_or_what_is_after(tmp_path: Path) -> None:
    old = members(sample(1), sample(2), running=True)
    new = members(sample(1, scores={"m": {"value": "I"}}), sample(3), head=header(eval={"task_id": "t2"}))
    before, after, house = (House(tmp_path / name) for name in ("before", "after", "house"))
    for one, content in ((before, old), (after, new), (house, old)):
        write_archive(one.evals / LOG, content)
        one.sync()
    write_archive(house.evals / LOG, new)
    seen = []
    for statements in range(2, 40, 3):
        died = import_and_die(house, statements) == -signal.SIGKILL
        now = house.everything()
        assert now in (before.everything(), after.everything())
        seen.append(now == after.everything())
        if not died:
            break
    assert seen[0] is False
    assert seen[-1] is True


def test_a_deadline_that_is_over_leaves_the_work_to_the_background(house: House) -> None:
    for number in range(3):
        write_archive(house.evals / "set" / f"{number}.eval", members(sample(1)))
    report = house.sync(deadline=0.0)
    assert (report.imported, report.pending) == (0, 3)
    wait_for(lambda: len(house.rows(evals)) == 3)


def test_a_heavy_log_is_left_to_the_background(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hawk.importers.reading.HEAVY", 1000)
    write_archive(house.evals / "set" / "light.eval", members(sample(1)))
    write_archive(house.evals / "set" / "heavy.eval", members(sample(1, store={"x": "y" * 2000})))
    report = house.sync(deadline=float("inf"))
    assert (report.imported, report.pending) == (1, 1)
    wait_for(lambda: len(house.rows(evals)) == 2)


def wait_for(condition: Any) -> None:
    async def wait() -> None:
        while not await asyncio.to_thread(condition):  # noqa: ASYNC110  (another process does it)
            await asyncio.sleep(0.05)

    asyncio.run(asyncio.wait_for(wait(), timeout=30))


async def test_only_one_import_goes_on_in_the_background(house: House) -> None:
    database = address_of(house.database)
    async with turn(database) as first, turn(database) as second:
        assert (first, second) == (True, False)
    async with turn(database) as third:
        assert third
