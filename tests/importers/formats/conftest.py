import os
from pathlib import Path

import pytest

from tests.importers.formats.releases import RELEASES, Release, logs_of


@pytest.fixture(scope="session")
def log_cache(request: pytest.FixtureRequest) -> Path:
    """Where logs of releases are kept: $HAWK_TEST_LOGS, else pytest's cache."""
    named = os.environ.get("HAWK_TEST_LOGS")
    return Path(named) if named else request.config.cache.mkdir("inspect-logs")


@pytest.fixture(scope="session", params=RELEASES, ids=lambda release: release.version)
def release(request: pytest.FixtureRequest) -> Release:
    return request.param


@pytest.fixture(scope="session")
def release_logs(release: Release, log_cache: Path) -> Path:
    return logs_of(release, log_cache)
