"""An importer that is killed at any point, alone or in a race, delays and neither loses nor doubles."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

SEED = 20261124
SHARED_MEMORY = Path("/dev/shm")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: it isn't power that fails here."""
    if not SHARED_MEMORY.is_dir():
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(prefix="hawk-", dir=SHARED_MEMORY) as folder:
        yield Path(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, place: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{place / 'hawk.db'}"
    return request.getfixturevalue("postgres_url")


def import_and_die(place: Path, database: str, kills: int, races: int) -> None:
    command = [sys.executable, "-m", "tests.importers.mortal", str(place), database]
    command += [str(number) for number in (SEED, kills, races)]
    done = subprocess.run(command, check=False, timeout=900, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-10_000:]


def test_killed_at_200_points_an_import_comes_to_what_a_clean_one_does(place: Path, database: str) -> None:
    import_and_die(place, database, 200, 0)


def test_two_importers_that_race_and_die_come_to_what_a_clean_import_does(place: Path, database: str) -> None:
    import_and_die(place, database, 0, 40)
