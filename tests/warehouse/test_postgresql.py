"""PostgreSQL behind the same door: it opens, refuses, restarts and fails in words."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from hawk.errors import Busy, Unavailable, Unsupported, UsageFault
from hawk.warehouse.address import address_of
from hawk.warehouse.engine import Database
from hawk.warehouse.schema import HEAD
from hawk.warehouse.tables.jobs import jobs
from tests.servers.postgres import PASSWORD, Postgres, postgres_server
from tests.warehouse.test_database import add, count, job

HAWK = str(Path(sys.executable).with_name("hawk"))


def use(url: str, work: Any = None) -> Any:
    async def main() -> Any:
        db = await Database.open(url)
        try:
            return await work(db) if work else None
        finally:
            await db.close()

    return asyncio.run(main())


def test_what_is_written_is_read_by_another(database_url: str) -> None:
    use(database_url, add)
    assert use(database_url, count) == 1


@pytest.mark.parametrize("scheme", ["postgres://", "postgresql+psycopg://"])
def test_other_spellings_of_the_url(postgres_url: str, scheme: str) -> None:
    assert use(postgres_url.replace("postgresql://", scheme), count) == 0


def test_a_failed_write_leaves_nothing(database_url: str) -> None:
    async def work(db: Database) -> None:
        async with db.write() as conn:
            await conn.execute(insert(jobs).values(job("x")))
            raise KeyError

    with pytest.raises(KeyError):
        use(database_url, work)
    assert use(database_url, count) == 0


def test_a_read_sees_one_state_while_others_write(database_url: str) -> None:
    async def work(db: Database) -> None:
        async with db.read() as conn:
            assert (await conn.execute(select(jobs.c.id))).all() == []
            await add(db)
            assert (await conn.execute(select(jobs.c.id))).all() == []
        assert await count(db) == 1

    use(database_url, work)


def test_a_reader_can_not_write(postgres_url: str) -> None:
    async def work(db: Database) -> None:
        async with db.read() as conn:
            await conn.execute(insert(jobs).values(job("x")))

    with pytest.raises(Unavailable, match="may only be read"):
        use(postgres_url, work)


def test_connections_say_that_they_are_hawks(postgres_url: str) -> None:
    async def work(db: Database) -> str:
        async with db.read() as conn:
            return (await conn.execute(text("SHOW application_name"))).scalar_one()

    assert use(postgres_url, work) == "hawk"


def test_a_nul_in_a_text_or_a_document_is_no_error(database_url: str) -> None:
    told = {"reason": "a\0b", "progress": {"k\0": ["\\u0000", "x\0\\\0y", "\\\0"]}}

    async def work(db: Database) -> Any:
        async with db.write() as conn:
            await conn.execute(insert(jobs).values(job("x") | told))
        async with db.read() as conn:
            assert len((await conn.execute(select(jobs).where(jobs.c.reason == "a\0b"))).all()) == 1
            return (await conn.execute(select(jobs.c.reason, jobs.c.progress))).one()

    reason, progress = use(database_url, work)
    nul = "\0" if database_url.startswith("sqlite") else "\ufffd"
    assert reason == f"a{nul}b"
    assert progress == {f"k{nul}": ["\\u0000", f"x{nul}\\{nul}y", f"\\{nul}"]}


def test_an_empty_database_names_the_command(new_postgres_url: str) -> None:
    with pytest.raises(Unavailable, match="is empty") as caught:
        use(new_postgres_url)
    assert "hawk db upgrade" in (caught.value.fix or "")
    assert PASSWORD not in str(caught.value)


def set_revision(postgres: Postgres, url: str, revision: str) -> None:
    postgres.execute(f"UPDATE alembic_version SET version_num = '{revision}'", url.rpartition("/")[2])


def test_an_older_schema_names_the_command(postgres: Postgres, postgres_url: str) -> None:
    set_revision(postgres, postgres_url, "0000")
    with pytest.raises(Unavailable, match=f"at schema 0000, and this Hawk needs {HEAD}"):
        use(postgres_url)


def test_a_newer_schema_is_refused(postgres: Postgres, postgres_url: str) -> None:
    set_revision(postgres, postgres_url, "9999")
    with pytest.raises(Unavailable, match="newer Hawk"):
        use(postgres_url)
    done = upgrade(postgres_url)
    assert done.returncode == 1
    assert "belongs to a newer Hawk (schema 9999" in done.stderr


def upgrade(url: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = [HAWK, "db", "upgrade", *options]
    env = {**os.environ, "HAWK_DATABASE_URL": url}
    return subprocess.run(command, env=env, check=False, capture_output=True, text=True, timeout=60)


def test_an_operator_upgrades(new_postgres_url: str) -> None:
    shown = new_postgres_url.replace(f"hawk:{PASSWORD}@", "")
    done = upgrade(new_postgres_url)
    assert done.stdout == f"Database {shown} was empty; it is at schema {HEAD} now.\n"
    assert upgrade(new_postgres_url).stdout == f"Database {shown} is at schema {HEAD} already.\n"
    assert use(new_postgres_url, count) == 0


def test_an_operator_upgrades_sqlite_too(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new' / 'hawk.db'}"
    assert upgrade(url).stdout.endswith(f"hawk.db was empty; it is at schema {HEAD} now.\n")
    assert upgrade(url, "--json").stdout.count(f'"{HEAD}"') == 2


def test_several_upgrades_at_once_make_one_schema(new_postgres_url: str) -> None:
    command = [HAWK, "db", "upgrade"]
    env = {**os.environ, "HAWK_DATABASE_URL": new_postgres_url}
    processes = [subprocess.Popen(command, env=env, stdout=subprocess.PIPE) for _ in range(3)]
    told = [process.communicate(timeout=60)[0].decode() for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert sum("was empty" in one for one in told) == 1
    assert sum("already" in one for one in told) == 2


def test_an_upgrade_waits_for_another(postgres_url: str) -> None:
    from hawk.warehouse.postgresql.locks import UPGRADE

    with psycopg.connect(postgres_url, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%(space)s, %(lock)s)", UPGRADE)
        command = [HAWK, "db", "upgrade"]
        env = {**os.environ, "HAWK_DATABASE_URL": postgres_url}
        process = subprocess.Popen(
            command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert process.stderr is not None
        assert "waiting" in process.stderr.readline()
    assert "already" in process.communicate(timeout=60)[0]


REFUSED = {
    "wrong password": (f":{PASSWORD}@", ":wrong@", "refuses this user"),
    "no such user": ("hawk:", "nobody:", "refuses this user"),
    "no such database": ("/test_", "/none_", "does not exist"),
    "no such host": ("@127.0.0.1:", "@host.invalid:", "can't be reached"),
}


@pytest.mark.parametrize("case", list(REFUSED))
def test_what_hinders_a_connection_is_told(postgres_url: str, case: str) -> None:
    old, new, said = REFUSED[case]
    with pytest.raises(Unavailable, match=said) as caught:
        use(postgres_url.replace(old, new))
    assert caught.value.fix
    assert PASSWORD not in str(caught.value)


def test_a_server_that_is_not_there() -> None:
    with pytest.raises(Unavailable, match=r"can't be reached: Connection refused\. Start it"):
        use("postgresql://me:secret@127.0.0.1:1/x")


@pytest.mark.parametrize("url", ["postgresql://u:secret@host:port/x", "postgresql+asyncpg://u:secret@h/x"])
def test_a_url_that_is_none_shows_no_password(url: str) -> None:
    with pytest.raises((UsageFault, Unsupported)) as caught:
        address_of(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("password", ["secret", "se/cret", "se?cret", "se#cret", "s%40cret"])
def test_an_address_shows_no_password(password: str) -> None:
    address = address_of(f"postgresql://me:{password}@host:5/db?sslmode=require&password=hidden")
    assert address.text == "postgresql://host:5/db"
    assert repr(address) == "Address('postgresql://host:5/db')"


def test_a_bug_stays_a_bug(postgres_url: str) -> None:
    async def work(db: Database) -> None:
        async with db.read() as conn:
            await conn.execute(text("SELECT nonsense"))

    with pytest.raises(DBAPIError):
        use(postgres_url, work)
    with pytest.raises(IntegrityError):
        use(postgres_url, lambda db: asyncio.wait_for(twice(db), 10))


async def twice(db: Database) -> None:
    await add(db)
    await add(db)


def test_of_two_that_wait_for_each_other_one_is_told(postgres_url: str) -> None:
    async def work(db: Database) -> list[Any]:
        await add(db, "a")
        await add(db, "b")
        both = asyncio.Barrier(2)

        async def touch(first: str, second: str) -> None:
            async with db.write() as conn:
                await conn.execute(update(jobs).where(jobs.c.id == first).values(name="x"))
                await both.wait()
                await conn.execute(update(jobs).where(jobs.c.id == second).values(name="x"))

        return await asyncio.gather(touch("a", "b"), touch("b", "a"), return_exceptions=True)

    told = use(postgres_url, work)
    assert [type(one) for one in told if one is not None] == [Busy]


def test_a_lock_that_stays_is_told(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hawk.warehouse.postgresql.engine.LOCK_PATIENCE", 0.05)

    async def work(db: Database) -> None:
        await add(db)
        change = update(jobs).values(name="x")
        async with db.write() as first:
            await first.execute(change)
            async with db.write() as second:
                await second.execute(change)

    with pytest.raises(Busy, match="locked by somebody else"):
        use(postgres_url, work)


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    with postgres_server(options={"max_connections": "12"}) as server:
        upgrade(server.url("postgres"))
        yield server


def test_a_restarted_server_costs_no_more_than_one_call(own_postgres: Postgres) -> None:
    async def work(db: Database) -> None:
        await asyncio.gather(*(count(db) for _ in range(4)))
        own_postgres.end_connections("postgres")
        assert await asyncio.gather(*(count(db) for _ in range(4))) == [0] * 4

        async with db.read() as conn:
            await conn.execute(select(jobs.c.id))
            own_postgres.end_connections("postgres")
            with pytest.raises(DBAPIError):
                await conn.execute(select(jobs.c.id))

    use(own_postgres.url("postgres"), work)


def test_a_connection_that_died_without_a_word_while_nobody_used_it_is_replaced(
    own_postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hawk.warehouse.postgresql.engine._is_silent", lambda _: True)

    async def work(db: Database) -> None:
        await count(db)
        own_postgres.end_connections("postgres")
        monkeypatch.setattr("hawk.warehouse.postgresql.engine._FRESH", 0.0)
        assert await count(db) == 0

    use(own_postgres.url("postgres"), work)


def test_a_server_that_goes_away_in_a_transaction_is_told(postgres: Postgres, postgres_url: str) -> None:
    name = postgres_url.rpartition("/")[2]

    async def work(db: Database) -> None:
        async with db.write() as conn:
            await conn.execute(insert(jobs).values(job("x")))
            postgres.end_connections(name)
            await conn.execute(insert(jobs).values(job("y")))

    with pytest.raises(Unavailable, match=r"shutting down or starting|broke off"):
        use(postgres_url, work)
    assert use(postgres_url, count) == 0


def test_too_many_connections_are_told(own_postgres: Postgres) -> None:
    url = own_postgres.url("postgres")
    held = [psycopg.connect(url) for _ in range(12)]
    with pytest.raises(Unavailable, match="takes no more connections"):
        use(url)
    for one in held:
        one.close()
    use(url)
