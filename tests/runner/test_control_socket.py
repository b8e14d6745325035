"""Inspect's control server where its data folder lies too deep for a socket."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from hawk.specs.control import Desired
from tests.runner.conftest import CAREFUL, Launch, Spec, done, examples, running


@pytest.fixture
def runtime() -> Iterator[Path]:
    """The user's folder for what lives no longer than a session, short."""
    folder = Path(tempfile.mkdtemp(prefix="hk"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def deep(launch: Launch, runtime: Path, monkeypatch: pytest.MonkeyPatch) -> Launch:
    """Runs whose data folder is deep."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    launch.data = launch.folder.parent / ("deep" * 30) / "share"
    return launch


def slow(samples: int, seconds: float) -> Spec:
    tasks = examples({"name": "slow", "args": {"samples": samples, "seconds": seconds}})
    return {"tasks": tasks, "models": CAREFUL, "max_samples": 2}


def test_a_stop_scores_and_progress_counts_and_nothing_is_left(deep: Launch, runtime: Path) -> None:
    going = deep.plan(slow(8, 2)).start()
    going.until(done(1))
    (folder,) = runtime.iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    deep.want(Desired(launch=1, state="stop"))
    ended = going.wait()
    assert deep.outcome().stopped
    assert ended.code == 1, ended.output
    (log,) = deep.eval_logs()
    assert 1 < len(log.samples) < 8
    assert all(one.scores for one in log.samples)
    assert not list(runtime.iterdir())


def test_what_a_kill_left_is_removed_and_what_lives_is_not(deep: Launch, runtime: Path) -> None:
    killed = deep.plan(slow(2, 60)).start()
    killed.until(running(2))
    (left,) = runtime.iterdir()
    other = Launch(deep.folder.with_name("other"), deep.data)
    beside = other.plan(slow(2, 60)).start()
    try:
        beside.until(running(2))
        assert left.exists()
        (living,) = set(runtime.iterdir()) - {left}
        killed.kill()
        going = deep.start(2)
        going.until(running(2))
        assert not left.exists()
        assert living.exists()
        other.want(Desired(launch=1, state="stop"))
        beside.wait()
        assert not living.exists()
    finally:
        if beside.process.poll() is None:
            beside.kill()


def test_where_the_temporary_folders_are_deep_too(deep: Launch, monkeypatch: pytest.MonkeyPatch) -> None:
    lower = deep.folder.parent / ("lower" * 25)
    lower.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(lower))
    monkeypatch.setenv("TMPDIR", str(lower))
    going = deep.plan(slow(2, 60)).start()
    going.until(running(2))
    assert not list(lower.glob("hawk-control-*"))
    deep.want(Desired(launch=1, state="stop"))
    assert "failed to start" not in going.wait().output
    assert all(one.scores for one in deep.eval_logs()[0].samples)
