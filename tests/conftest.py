"""Real servers, shared by all tests of a run."""

from pathlib import Path

import pytest

from tests.servers.s3 import S3
from tests.servers.shared import shared


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that all workers of a run share."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture(scope="session")
def s3_of_run(run_folder: Path) -> S3:
    """The run's S3 server."""
    return shared("s3", S3, run_folder)


@pytest.fixture
def s3(s3_of_run: S3, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a folder in a fresh bucket, and the environment that its clients need."""
    for name, value in s3_of_run.environment.items():
        monkeypatch.setenv(name, value)
    return f"s3://{s3_of_run.new_bucket()}/a b%20#ü"
