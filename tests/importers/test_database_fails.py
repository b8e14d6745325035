"""A database that goes away or is full: nothing is lost or doubled, and no log is blamed for it."""

import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table

from hawk.backends.storage.store import Storage
from hawk.errors import Unavailable
from hawk.importers.sync import SyncReport, sync
from hawk.warehouse import bulk
from hawk.warehouse.engine import Database
from hawk.warehouse.upgrade import upgrade_database
from tests.importers.house import House, header, members, sample, write_archive
from tests.servers.postgres import Restarted, restarted_server

NAMES = ("samples", "scores", "text_pages")


@pytest.fixture
def server() -> Iterator[Restarted]:
    with restarted_server() as found:
        yield found


@pytest.fixture
def mortal_house(tmp_path: Path, server: Restarted) -> House:
    url = server.server.create("hawk")
    upgrade_database(url, lambda: None)
    return House(tmp_path, url)


def begin(house: House) -> None:
    for name in ("1", "2"):
        write_archive(house.evals / "set" / f"{name}.eval", members(sample(1), sample(2), running=True))
    house.sync()


def go_on(house: House) -> None:
    """One log grows, and a sample of it changes."""
    long = " ".join(map(str, range(50_000)))
    new = [sample(f"n{at}") for at in range(500)] + [sample(f"l{at}", target=long) for at in range(2)]
    head = header(eval={"eval_id": "e2"})
    write_archive(house.evals / "set" / "1.eval", members(sample(1, target="other"), *new, head=head))


def ends_as_clean(house: House) -> None:
    house.sync()
    clean = House(house.folder / "clean")
    clean.evals = house.evals
    clean.sync()
    assert house.everything() == clean.everything()


def during_copy(monkeypatch: pytest.MonkeyPatch, table: str, fail: Callable[[], None]) -> None:
    """Have something happen once, in the middle of the rows that go into a table."""
    original = bulk.add_rows

    async def add_rows(conn: Any, into: Table, names: Sequence[str], rows: Any) -> None:
        def some() -> Iterator[Any]:
            for number, row in enumerate(rows):
                if into.name == table and number == 1 and not done:
                    done.append(1)
                    fail()
                yield row

        await original(conn, into, names, some())

    done: list[int] = []
    for module in ("writing", "text.store"):
        monkeypatch.setattr(f"hawk.importers.{module}.add_rows", add_rows)


@pytest.mark.parametrize("crash", [False, True], ids=["restarts", "crashes"])
def test_a_database_that_goes_away_in_the_middle_of_a_copy(
    crash: bool, server: Restarted, mortal_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(mortal_house)
    for table in NAMES:
        go_on(mortal_house)
        before = mortal_house.everything()
        with monkeypatch.context() as meanwhile:
            during_copy(meanwhile, table, lambda: server.stop(crash=crash))
            with pytest.raises(Unavailable):
                mortal_house.sync()
        server.start()
        assert mortal_house.everything() == before, f"half of an import, cut off at {table}"
        ends_as_clean(mortal_house)
        begin(mortal_house)


def test_one_process_outlives_a_restart_of_the_database(
    server: Restarted, mortal_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Connections that it had are dead; the next import makes new ones."""
    begin(mortal_house)
    go_on(mortal_house)

    async def work(db: Database) -> SyncReport:
        storage = Storage(mortal_house.evals.as_uri())
        with monkeypatch.context() as meanwhile:
            during_copy(meanwhile, "samples", lambda: server.stop(crash=True))
            with pytest.raises(Unavailable):
                await sync(db, storage)
        with pytest.raises(Unavailable):
            await sync(db, storage)
        server.start()
        return await sync(db, storage)

    assert mortal_house.run(work).failed == 0
    ends_as_clean(mortal_house)


def test_a_database_that_is_away_while_a_log_is_looked_up_is_not_the_logs_fault(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(house)
    go_on(house)
    before = house.everything()

    async def away(*_: Any) -> Any:
        raise Unavailable("The database broke off the connection.")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr("hawk.importers.store.known_members", away)
        with pytest.raises(Unavailable):
            house.sync()
    assert house.everything() == before
    ends_as_clean(house)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.getuid() != 0:
        pytest.skip("only root may mount a disk")
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "hawk", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("no disk can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_of_sqlite(tmp_path: Path, small_disk: Path) -> None:
    house = House(tmp_path, f"sqlite:///{small_disk / 'hawk.db'}")
    begin(house)
    before = house.everything()
    filler = small_disk / "filler"
    filled = bytes(max(0, os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize - 100_000))
    filler.write_bytes(filled)
    go_on(house)
    for _ in range(2):
        with pytest.raises(Unavailable, match="disk is full"):
            house.sync()
    assert house.everything() == before
    filler.unlink()
    ends_as_clean(house)


def test_a_writer_that_holds_the_database_for_long_delays_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hawk.warehouse.sqlite.LOCK_PATIENCE", 0.05)
    house = House(tmp_path)
    begin(house)
    go_on(house)
    before = house.everything()

    async def locked(db: Database) -> None:
        other = await Database.open(house.database)
        async with other.write():
            with pytest.raises(Unavailable, match="locked"):
                await sync(db, Storage(house.evals.as_uri()))
        await other.close()

    house.run(locked)
    assert house.everything() == before
    ends_as_clean(house)
