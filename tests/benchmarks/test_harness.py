"""The benchmarks work at all; how quick anything is, no test says."""

import zipfile
from pathlib import Path

import pytest

from benchmarks import once
from benchmarks.logs import made
from benchmarks.logs.shapes import SHAPES

SMOKE = SHAPES["smoke"]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("HAWK_BENCH_CACHE", str(folder))
    return folder


def test_a_log_is_as_its_shape_says_and_imports(cache: Path, tmp_path: Path) -> None:
    folder = made.finished("smoke")
    with zipfile.ZipFile(made.log_of(folder)) as log:
        names = log.namelist()
    assert len([name for name in names if name.startswith("samples/")]) == SMOKE.samples
    assert once.read(folder).seconds > 0
    assert once.import_logs(f"sqlite:///{tmp_path / 'hawk.db'}", folder).peak > 0
    assert made.finished("smoke") == folder, "the cache knows it"
    assert [one.name for one in cache.iterdir()] == [folder.name]


def test_a_growing_log_is_imported_in_steps(cache: Path, tmp_path: Path) -> None:
    logs = made.growing("smoke")
    found = once.grow(f"sqlite:///{tmp_path / 'hawk.db'}", tmp_path / "evals", logs.before, logs.after)
    assert min(found.first, found.grown, found.unchanged, found.listing) > 0
