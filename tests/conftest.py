"""Real servers, shared by all tests of a run."""

import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.oidc.provider import OidcProvider, oidc_server
from tests.servers.postgres import Postgres
from tests.servers.s3 import S3
from tests.servers.shared import once, shared

TEMPLATE = "migrated"

# No test puts anything into the keyring of whoever runs it.
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that all workers of a run share."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture(scope="session")
def postgres(run_folder: Path) -> Postgres:
    """The run's PostgreSQL."""
    return shared("postgres", Postgres, run_folder)


@pytest.fixture(scope="session")
def template(postgres: Postgres, run_folder: Path) -> str:
    """The name of a migrated database, to be copied."""
    from hawk.warehouse.upgrade import upgrade_database

    def make() -> None:
        upgrade_database(postgres.create(TEMPLATE), lambda: None)

    once(run_folder / "postgres.template", make)
    return TEMPLATE


@pytest.fixture
def new_postgres_url(postgres: Postgres) -> Iterator[str]:
    """A database with nothing in it."""
    name = f"test_{secrets.token_hex(6)}"
    yield postgres.create(name)
    postgres.drop(name)


@pytest.fixture
def postgres_url(postgres: Postgres, template: str) -> Iterator[str]:
    """A fresh database with Hawk's tables."""
    name = f"test_{secrets.token_hex(6)}"
    yield postgres.create(name, template)
    postgres.drop(name)


@pytest.fixture(scope="session")
def sqlite_template(run_folder: Path) -> Path:
    """A migrated SQLite database, to be copied."""
    from hawk.warehouse.upgrade import upgrade_database

    path = run_folder / "template.db"
    once(run_folder / "sqlite.template", lambda: upgrade_database(f"sqlite:///{path}", lambda: None))
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh database of each kind, with Hawk's tables."""
    if request.param == "postgresql":
        return request.getfixturevalue("postgres_url")
    copy = shutil.copyfile(request.getfixturevalue("sqlite_template"), tmp_path / "hawk.db")
    return f"sqlite:///{copy}"


@pytest.fixture(scope="session")
def s3_of_run(run_folder: Path) -> S3:
    """The run's S3 server."""
    return shared("s3", S3, run_folder)


@pytest.fixture
def s3(s3_of_run: S3, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a folder in a fresh bucket, and the environment that its clients need."""
    for name, value in s3_of_run.environment.items():
        monkeypatch.setenv(name, value)
    return f"s3://{s3_of_run.new_bucket()}/a folder"


@pytest.fixture(scope="session")
def oidc(run_folder: Path) -> OidcProvider:
    """The run's OIDC provider. Its users are everybody's: give them names of your own."""
    return shared("oidc", OidcProvider, run_folder)


@pytest.fixture
def own_oidc() -> Iterator[OidcProvider]:
    """A provider for one test alone, that may lose its keys and be in trouble."""
    with oidc_server() as server:
        yield server
