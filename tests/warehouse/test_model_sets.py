"""Sets of models: stored once whoever comes first, growing only, and filled in by the migration."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.warehouse.engine import Database
from hawk.warehouse.eval_sets import claim, declare, owner_of, show_models
from hawk.warehouse.migrate import downgrade, upgrade
from hawk.warehouse.model_sets import intern, models_of, named
from hawk.warehouse.tables.access import eval_sets, log_model_sets, model_sets
from hawk.warehouse.tables.results import logs
from tests.results.seeding import log_row


@pytest.fixture
async def db(database_url: str):
    database = await Database.open(database_url)
    yield database
    await database.close()


async def test_many_at_once_get_the_same_numbers(db: Database) -> None:
    """In both orders, within one transaction each: nobody waits for another for ever."""
    sets = [frozenset(one) for one in ("a", "ab", "b", "", "abc")]

    async def both(first: frozenset[str], second: frozenset[str]) -> dict[frozenset[str], int]:
        async with db.write() as conn:
            found = {first: await intern(conn, first)}
            await asyncio.sleep(0)
            return found | {second: await intern(conn, second)}

    pairs = [(one, other) for one in sets for other in sets]
    answers = await asyncio.gather(*(both(one, other) for one, other in pairs))
    numbers = {one: {answer[one] for answer in answers if one in answer} for one in sets}
    assert all(len(found) == 1 for found in numbers.values())
    async with db.read() as conn:
        assert len((await conn.execute(select(model_sets))).all()) == len(sets)
        assert await models_of(conn, [min(numbers[sets[1]]), min(numbers[sets[2]]), None]) == {"a", "b"}


@given(st.lists(st.sampled_from(["a", " a", "b/b", "none", "none/none", "", "\0"])))
def test_a_set_has_one_spelling(models: list[str]) -> None:
    names = named(models)
    assert names == sorted(set(names))
    assert named(reversed(models)) == names == named(names)
    assert not {"none", "none/none", ""} & set(names)


async def add_log(db: Database, number: int, eval_set: str, models: frozenset[str] | None) -> None:
    async with db.write() as conn:
        await conn.execute(insert(logs), [log_row(number, eval_set=eval_set)])
        await show_models(conn, number, eval_set, models)


async def shown(conn: AsyncConnection, log_id: int) -> set[str] | None:
    chosen = select(log_model_sets.c.model_set_id).where(log_model_sets.c.log_id == log_id)
    found = (await conn.execute(chosen)).scalar()
    return None if found is None else set(await models_of(conn, [found]))


async def declared(conn: AsyncConnection, eval_set: str) -> set[str] | None:
    found = (
        await conn.execute(select(eval_sets.c.model_set_id).where(eval_sets.c.id == eval_set))
    ).scalar_one()
    return None if found is None else set(await models_of(conn, [found]))


async def test_logs_of_a_job_have_one_set_and_others_their_own(db: Database) -> None:
    async with db.write() as conn:
        await declare(conn, "job", "ann", ["a"])
    await add_log(db, 1, "job", frozenset("b"))
    await add_log(db, 2, "job", None)
    await add_log(db, 3, "other", frozenset("b"))
    await add_log(db, 4, "other", frozenset("c"))
    await add_log(db, 5, "other", None)
    async with db.read() as conn:
        assert [await shown(conn, number) for number in (1, 2, 3, 4, 5)] == [
            *({"a", "b"}, {"a", "b"}, {"b"}, {"c"}, None)
        ]
        assert await declared(conn, "job") == {"a", "b"}
        assert (await owner_of(conn, "job"), await owner_of(conn, "other")) == ("ann", None)
    async with db.write() as conn:
        await declare(conn, "other", "bob", ["d"])
    async with db.read() as conn:
        assert [await shown(conn, number) for number in (3, 4, 5)] == [{"b", "c", "d"}] * 3
        assert await owner_of(conn, "other") == "bob"


async def test_a_set_only_grows(db: Database) -> None:
    await add_log(db, 1, "other", frozenset("ab"))
    async with db.write() as conn:
        await show_models(conn, 1, "other", frozenset("c"))
        await show_models(conn, 1, "other", None)
        await declare(conn, "job", "ann", ["a"])
        await declare(conn, "job", "bob", ["b"])
        await declare(conn, "job", "bob", [])
    async with db.read() as conn:
        assert await shown(conn, 1) == {"a", "b", "c"}
        assert await declared(conn, "job") == {"a", "b"}
        assert await owner_of(conn, "job") == "ann"


async def test_a_job_and_its_first_logs_at_once(db: Database) -> None:
    """Whoever is first, all logs have what the job declares, and the job what they show."""

    async def start() -> None:
        async with db.write() as conn:
            await declare(conn, "job", "ann", ["declared"])

    async def log(number: int) -> None:
        await add_log(db, number, "job", frozenset({f"m{number}"}))

    await asyncio.gather(log(1), log(2), start(), log(3), log(4))
    everything = {"declared", "m1", "m2", "m3", "m4"}
    async with db.read() as conn:
        assert await declared(conn, "job") == everything
        assert [await shown(conn, number) for number in (1, 2, 3, 4)] == [everything] * 4


async def test_of_many_who_claim_an_eval_set_one_has_it(db: Database) -> None:
    async def one(user: str) -> str:
        async with db.write() as conn:
            return await claim(conn, "set", user)

    owners = await asyncio.gather(*(one(f"user{number}") for number in range(8)))
    assert len(set(owners)) == 1
    async with db.read() as conn:
        assert await owner_of(conn, "set") == owners[0]


def fill(conn: Connection) -> None:
    """What a database has that was made before there were sets."""
    said = "INSERT INTO jobs (id, kind, name, status, backend, created_by, launch, created_at, updated_at, log_dir)"
    for job in ("job", "empty"):
        conn.execute(
            text(f"{said} VALUES (:id, 'eval-set', 'n', 'running', 'local', 'ann', 1, :t, :t, '')"),
            {"id": job, "t": TIME},
        )
    said = "INSERT INTO logs (id, location, eval_set_id, etag, size, modified, importer_version, imported_at, state)"
    for number, eval_set in enumerate(("job", "job", "old", "old", "old"), 1):
        row = {"id": number, "place": f"{eval_set}/{number}", "set": eval_set, "t": TIME}
        conn.execute(text(f"{said} VALUES (:id, :place, :set, 'e', 1, :t, 3, :t, 'imported')"), row)
        if number < 5:
            conn.execute(
                text(
                    "INSERT INTO evals (log_id, id, eval_set_id, location, task, task_id, model, status, "
                    "samples_done, samples_errors, scores) "
                    "VALUES (:id, 'e', :set, :place, 't', 't', 'm', 'success', 0, 0, '{}')"
                ),
                row,
            )
    for number, model in ((1, "a"), (1, "b"), (2, "c"), (3, "b"), (3, "a")):
        conn.execute(
            text("INSERT INTO eval_models (log_id, model) VALUES (:id, :model)"),
            {"id": number, "model": model},
        )


TIME = "2026-01-01T00:00:00.000000Z"
FILLED = {1: ["a", "b", "c"], 2: ["a", "b", "c"], 3: ["a", "b"], 4: []}


def check_filled(conn: Connection) -> None:
    sets = {row.id: row.models for row in conn.execute(select(model_sets))}
    found = {row.log_id: sets[row.model_set_id] for row in conn.execute(select(log_model_sets))}
    assert found == FILLED
    assert len(sets) == len({tuple(models) for models in sets.values()}) == 3
    rows = {row.id: row for row in conn.execute(select(eval_sets))}
    assert rows.keys() == {"job", "empty"}
    assert all(row.of_jobs and row.created_by == "ann" for row in rows.values())
    assert sets[rows["job"].model_set_id] == ["a", "b", "c"]
    assert rows["empty"].model_set_id is None


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_migration_gives_sets_to_what_is_there(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path / 'x.db'}"
    if kind == "postgresql":
        url = request.getfixturevalue("postgres_url").replace("postgresql:", "postgresql+psycopg:")
    engine = create_engine(url)
    with engine.connect() as conn:
        upgrade(conn)
        downgrade(conn, "0002")
        fill(conn)
        conn.commit()
        upgrade(conn)
        check_filled(conn)
    engine.dispose()
