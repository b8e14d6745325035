"""`hawk clean`: what no live job uses goes, all else stays."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import EXAMPLES, Machine

MONTHS = 90 * 86_400
LONG = ("--set", "tasks[0].items[0].args.samples=400")


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Machine]:
    """A machine whose caches are its own."""
    (tmp_path / "caches").mkdir()
    made = Machine(tmp_path, tmp_path / "caches")
    for name in ("environments", "wheels", "locks"):
        (made.home / name).unlink()
    yield made
    made.clean()


@pytest.mark.timeout(900)
def test_what_ended_goes_and_what_runs_goes_on(own: Machine) -> None:
    ended = own.submit(EXAMPLES / "simple.eval-set.yaml")
    own.hawk("wait", ended)
    before = own.json("list", "samples", ended)
    running = own.submit(EXAMPLES / "slow.eval-set.yaml", *LONG)
    own.until(lambda job: job["samples"]["done"] > 0)
    _age(own.home / "wheels", own.home / "locks", own.home / "packages")
    planned = own.json("clean", "--all", "--dry-run")
    assert planned["removed"] is False
    assert all(Path(one["path"]).exists() for one in planned["items"])
    done = own.json("clean", "--all")
    assert [one["path"] for one in done["items"]] == [one["path"] for one in planned["items"]]
    assert not any(Path(one["path"]).exists() for one in done["items"])
    assert done["freed"] == sum(one["size"] for one in done["items"]) > 0
    gone = {Path(one["path"]).name for one in done["items"] if one["kind"] == "job"}
    assert gone == {ended}
    assert len(list((own.home / "environments").glob("[!.]*"))) == 1, "that of the job that runs"

    assert own.json("status", ended)["status"] == "succeeded"
    assert own.json("list", "samples", ended) == before
    assert own.json("status", running)["status"] == "running"
    own.hawk("stop", running)
    own.hawk("resume", ended, "--detach")
    assert own.hawk("wait", ended).returncode == 0


def test_by_age_and_by_size(own: Machine) -> None:
    sizes = {"new": 1000, "old": 2000, "oldest": 3000}
    for number, (name, size) in enumerate(sizes.items()):
        folder = own.home / "wheels" / name
        folder.mkdir(parents=True)
        (folder / "a.whl").write_bytes(bytes(size))
        _age(folder, seconds=3600 + number * MONTHS)
    assert "Nothing to clean" in own.hawk("clean", "--older-than", "52w").stderr
    by_size = own.json("clean", "--older-than", "52w", "--keep", "0.000003", "--dry-run")
    assert [Path(one["path"]).name for one in by_size["items"]] == ["oldest"]
    by_age = own.hawk("clean")
    assert "Freed 5.0 kB: 2 wheels." in by_age.stderr
    assert [path.name for path in (own.home / "wheels").iterdir()] == ["new"]


def test_nobody_needs_to_have_run_anything(own: Machine) -> None:
    assert "Nothing to clean" in own.hawk("clean", "--all").stderr
    assert not (own.home / "hawk.db").exists()
    assert "can't be combined" in own.hawk("clean", "--all", "--keep", "1", code=2).stderr


def _age(*places: Path, seconds: float = 3600) -> None:
    then = time.time() - seconds
    for place in places:
        for path in (place, *place.glob("*")) if place.exists() else ():
            os.utime(path, (then, then))
