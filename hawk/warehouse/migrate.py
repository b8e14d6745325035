"""Runs alembic. Imported only where a database has to change."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, NullPool, create_engine, event


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring a database to a revision inside the connection's transaction."""
    command.upgrade(configured(connection), revision)


def downgrade(connection: Connection, revision: str) -> None:
    """Take a database back to an older revision, or to ``base``."""
    command.downgrade(configured(connection), revision)


def configured(connection: Connection) -> Config:
    """Alembic's configuration, with the connection that it works on."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade_sqlite(path: Path, patience: float) -> None:
    """Bring a SQLite database to the newest schema, all of it or nothing. ``patience`` is in seconds."""
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=NullPool,
        connect_args={"timeout": patience, "isolation_level": None},
    )
    event.listen(engine, "begin", _begin)
    with engine.begin() as connection:
        upgrade(connection)
    engine.dispose()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
