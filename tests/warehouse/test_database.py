"""A database that opens, upgrades and waits by itself, and says in words what is wrong with it."""

import asyncio
import gc
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from hawk.clock import utc_now
from hawk.errors import Unavailable, Unsupported
from hawk.warehouse import schema
from hawk.warehouse.engine import Database
from hawk.warehouse.filesystem import refuse_network
from hawk.warehouse.tables.jobs import job_transitions, jobs


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "hawk.db"


def use(path: Path, work: Any = None) -> Any:
    async def main() -> Any:
        db = await Database.open(f"sqlite:///{path}")
        try:
            return await work(db) if work else None
        finally:
            await db.close()

    return asyncio.run(main())


def job(name: str) -> dict[str, Any]:
    now = utc_now()
    told = {
        "id": name,
        "name": name,
        "kind": "eval-set",
        "status": "queued",
        "backend": "local",
        "log_dir": "",
    }
    return {**told, "created_by": "me", "launch": 1, "created_at": now, "updated_at": now}


async def add(db: Database, name: str = "j") -> None:
    async with db.write() as conn:
        await conn.execute(insert(jobs).values(job(name)))


async def count(db: Database) -> int:
    async with db.read() as conn:
        return (await conn.execute(select(func.count()).select_from(jobs))).scalar_one()


def test_what_is_written_is_read_by_another(path: Path) -> None:
    use(path, add)
    assert use(path, count) == 1


def test_a_failed_write_leaves_nothing(path: Path) -> None:
    async def work(db: Database) -> None:
        async with db.write() as conn:
            await conn.execute(insert(jobs).values(job("x")))
            raise KeyError

    with pytest.raises(KeyError):
        use(path, work)
    assert use(path, count) == 0


def test_a_broken_constraint_is_the_callers_to_handle(path: Path) -> None:
    use(path, add)
    with pytest.raises(IntegrityError):
        use(path, add)


def test_foreign_keys_and_the_write_ahead_log_are_on(path: Path) -> None:
    async def work(db: Database) -> None:
        async with db.read() as conn:
            assert (await conn.execute(text("PRAGMA foreign_keys"))).scalar() == 1
            assert (await conn.execute(text("PRAGMA journal_mode"))).scalar() == "wal"
        async with db.write() as conn:
            told = {"job_id": "none", "time": utc_now(), "status": "queued", "reason": ""}
            with pytest.raises(IntegrityError):
                await conn.execute(insert(job_transitions).values(told))

    use(path, work)


def test_a_read_sees_one_state_while_others_write(path: Path) -> None:
    async def work(db: Database) -> None:
        counted = select(func.count()).select_from(jobs)
        async with db.read() as conn:
            assert (await conn.execute(counted)).scalar() == 0
            await add(db)
            assert (await conn.execute(counted)).scalar() == 0
        assert await count(db) == 1

    use(path, work)


def test_many_writers_wait_for_each_other(path: Path) -> None:
    async def work(db: Database) -> int:
        other = await Database.open(f"sqlite:///{path}")
        await asyncio.gather(*(add(one, f"{at}{one is db}") for at in range(20) for one in (db, other)))
        await other.close()
        return await count(db)

    assert use(path, work) == 40


@pytest.fixture
def locked(path: Path) -> Iterator[threading.Event]:
    """Another connection holds the write lock until the event."""
    use(path)
    release, held = threading.Event(), threading.Event()

    def hold() -> None:
        conn = sqlite3.connect(path, isolation_level=None)
        conn.execute("BEGIN EXCLUSIVE")
        held.set()
        release.wait(30)
        conn.execute("COMMIT")
        conn.close()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(5)
    yield release
    release.set()
    thread.join()


def test_a_lock_only_delays(path: Path, locked: threading.Event) -> None:
    async def work(db: Database) -> int:
        assert await count(db) == 0, "readers don't wait"
        writing = asyncio.create_task(add(db))
        done, _ = await asyncio.wait({writing}, timeout=0.3)
        assert not done
        locked.set()
        await writing
        return await count(db)

    assert use(path, work) == 1


LONG = """
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 2000000)
SELECT max(n) FROM numbers
"""


def test_a_write_that_is_cancelled_lets_go_of_the_database(path: Path) -> None:
    async def write(db: Database) -> None:
        async with db.write() as conn:
            await conn.execute(text(LONG))

    async def work(db: Database) -> None:
        writing = asyncio.create_task(write(db))
        await asyncio.sleep(0.1)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
        await add(db)

    gc.disable()  # What only it would let go of is held.
    try:
        use(path, lambda db: asyncio.wait_for(work(db), 10))
    finally:
        gc.enable()


def test_a_lock_that_stays_is_told(
    path: Path, locked: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hawk.warehouse.sqlite.LOCK_PATIENCE", 0.1)
    with pytest.raises(Unavailable, match="locked by another process") as caught:
        use(path, add)
    assert caught.value.fix


def test_patience_is_longer_than_ten_seconds() -> None:
    assert schema.LOCK_PATIENCE > 10


@pytest.mark.parametrize("content", [b"hello" * 1000, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_file_that_is_no_database(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(Unavailable, match=r"is no database|is damaged") as caught:
        use(path)
    assert "Move" in (caught.value.fix or "")
    assert path.read_bytes() == content


def test_a_full_disk_is_told(path: Path) -> None:
    async def work(db: Database) -> None:
        async with db.write() as conn:
            await conn.execute(text("PRAGMA max_page_count = 1"))
            await conn.execute(insert(jobs).values(job("x") | {"reason": "y" * 10_000_000}))

    with pytest.raises(Unavailable, match="disk is full"):
        use(path, work)


def test_a_fault_of_ours_is_not_called_the_databases(path: Path) -> None:
    async def work(db: Database) -> None:
        async with db.read() as conn:
            await conn.execute(text("SELECT nonsense"))

    with pytest.raises(OperationalError):
        use(path, work)


def test_a_folder_that_can_not_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="can't be made"):
        use(tmp_path / "file" / "hawk.db")


def test_other_databases_are_refused_by_name() -> None:
    with pytest.raises(Unsupported, match="mysql"):
        asyncio.run(Database.open("mysql://secret@host/x"))


def test_strange_folder_names(tmp_path: Path) -> None:
    path = tmp_path / "a b?c=d%20#ü" / "hawk.db"
    use(path, add)
    assert path.exists()


def set_revision(path: Path, revision: str) -> None:
    conn = sqlite3.connect(path)
    conn.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    conn.commit()
    conn.close()


def test_a_newer_schema_is_left_alone_and_told(path: Path) -> None:
    use(path)
    set_revision(path, "9999")
    with pytest.raises(Unavailable, match=rf"newer Hawk \(schema 9999; this one knows {schema.HEAD}\)"):
        use(path)


def test_an_older_schema_is_upgraded_with_a_copy_beside_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(path, add)
    set_revision(path, "0000")
    upgraded: list[Path] = []

    def upgrade_sqlite(database: Path, patience: float) -> None:
        upgraded.append(database)
        set_revision(database, "0001")

    monkeypatch.setattr("hawk.warehouse.migrate.upgrade_sqlite", upgrade_sqlite)
    assert use(path, count) == 1
    assert upgraded == [path]
    copy = sqlite3.connect(path.with_name("hawk.db.0000.backup"))
    assert copy.execute("SELECT id FROM jobs").fetchall() == [("j",)]
    copy.close()


def test_a_failed_upgrade_leaves_the_database_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from alembic.operations import Operations

    original = Operations.create_index

    def fails(self: Operations, name: str, *args: Any, **options: Any) -> Any:
        if name == "ix_scores_scorer":
            raise sqlite3.OperationalError("disk I/O error")
        return original(self, name, *args, **options)

    monkeypatch.setattr(Operations, "create_index", fails)
    with pytest.raises(Unavailable, match="disk has an error"):
        use(path)
    monkeypatch.undo()
    conn = sqlite3.connect(path)
    assert conn.execute("SELECT name FROM sqlite_master").fetchall() == []
    conn.close()
    assert use(path, count) == 0


OPEN = (
    "import asyncio, sys; from hawk.warehouse.engine import Database; asyncio.run(Database.open(sys.argv[1]))"
)


def test_several_processes_make_one_database(path: Path) -> None:
    command = [sys.executable, "-c", OPEN, f"sqlite:///{path}"]
    processes = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(4)]
    assert [process.communicate(timeout=60)[1].decode() for process in processes] == [""] * 4
    assert use(path, count) == 0


def test_a_current_database_opens_without_alembic(path: Path) -> None:
    use(path)
    check = f"{OPEN}; assert 'alembic' not in sys.modules; assert 'sqlalchemy.dialects.postgresql.asyncpg' not in sys.modules"
    subprocess.run([sys.executable, "-c", check, f"sqlite:///{path}"], check=True, timeout=60)


def test_a_database_that_was_copied_away_and_back(path: Path) -> None:
    use(path, add)
    shutil.copy(path, path.with_name("copy.db"))
    assert use(path.with_name("copy.db"), count) == 1


def test_a_network_file_system_is_refused(tmp_path: Path) -> None:
    device = tmp_path.stat().st_dev
    mounts = tmp_path / "mountinfo"
    line = "36 35 {}:{} / /mnt rw,noatime shared:1 - {} server:/x rw\n"

    mounts.write_text(
        "1 1 999:1 / / rw - ext4 /dev/x rw\n" + line.format(os.major(device), os.minor(device), "nfs4")
    )
    with pytest.raises(Unavailable, match="nfs4"):
        refuse_network(tmp_path, mounts)
    mounts.write_text(line.format(os.major(device), os.minor(device), "ext4"))
    refuse_network(tmp_path, mounts)
    refuse_network(tmp_path, tmp_path / "none")


OPEN_CLOSED = """
import asyncio, sys
from hawk.errors import Unavailable
from hawk.warehouse.engine import Database
try:
    asyncio.run(Database.open(sys.argv[1]))
except Unavailable as error:
    print(error)
"""


def test_a_folder_that_may_not_be_written_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o555)
    command = [sys.executable, "-c", OPEN_CLOSED, f"sqlite:///{folder}/hawk.db"]
    if os.getuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root may write anywhere, and there is no setpriv to give that up")
        command = ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override", *command]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    assert "can't be opened: Permission denied. Give this user access" in told
