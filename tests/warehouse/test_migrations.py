"""The migrations make exactly the tables that the code means, on both kinds of database."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect

from hawk.warehouse.migrate import configured, downgrade, upgrade
from hawk.warehouse.schema import HEAD
from hawk.warehouse.tables import access, callers, heartbeats, jobs, leases, results, signing_keys, text
from hawk.warehouse.tables.metadata import metadata

assert access
assert jobs
assert results
assert text
assert leases
assert heartbeats
assert signing_keys
assert callers


@pytest.fixture
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    with engine.begin() as conn:
        yield conn


def test_migrations_and_tables_agree(connection: Connection) -> None:
    upgrade(connection)
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "compare_server_default": True}
    )
    assert compare_metadata(context, metadata) == []


def test_migrations_and_tables_agree_on_postgresql(postgres_url: str) -> None:
    engine = create_engine(postgres_url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as conn:
        context = MigrationContext.configure(
            conn, opts={"compare_type": True, "compare_server_default": True}
        )
        differences = compare_metadata(context, metadata)
        downgrade(conn, "base")
        assert inspect(conn).get_table_names() == ["alembic_version"]
        upgrade(conn)
    engine.dispose()
    unlike = [one for one in differences if not (one[0] == "remove_index" and one[1].name.endswith("_trgm"))]
    assert unlike == []


def test_there_is_one_head_and_the_code_knows_it(connection: Connection) -> None:
    assert ScriptDirectory.from_config(configured(connection)).get_heads() == [HEAD]


def test_every_step_can_be_taken_back(connection: Connection) -> None:
    upgrade(connection)
    downgrade(connection, "base")
    assert inspect(connection).get_table_names() == ["alembic_version"]
    upgrade(connection)
    assert set(inspect(connection).get_table_names()) > set(metadata.tables)


def test_foreign_keys_hold(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/x.db")
    with engine.begin() as conn:
        upgrade(conn)
    engine.dispose()
    plain = sqlite3.connect(tmp_path / "x.db")
    plain.execute("PRAGMA foreign_keys = ON")
    with pytest.raises(sqlite3.IntegrityError):
        plain.execute("INSERT INTO job_attempts VALUES ('none', 1, 1, '', NULL, NULL, NULL)")
    plain.close()
