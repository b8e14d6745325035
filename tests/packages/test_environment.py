"""Environments: one for each lock, whatever happens while it is made."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from hawk.errors import PackageProblem, Unavailable
from hawk.packages import uv
from hawk.packages.environment import ensure_environment
from hawk.packages.prune import prune

from .throwaway import carried, make_plan, make_wheel

_USER = """
import sys, msgspec
from pathlib import Path
from hawk.packages.environment import ensure_environment
from hawk.specs.plan import RunPlan
plan = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=RunPlan)
say = lambda line: print("log", line, flush=True)
print(ensure_environment(plan, log=say, lock_text=plan.lock), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def hawk(tmp_path: Path) -> Path:
    return make_wheel(tmp_path / "own", "hawk", {"hawk/__init__.py": "WHO = 'stub'\n"})


@pytest.fixture
def lock(tmp_path: Path) -> str:
    return carried(tmp_path / "packages", "alpha", {"alpha.py": "VALUE = 1\n"})


def start_user(tmp_path: Path, hawk: Path, lock: str) -> subprocess.Popen[str]:
    path = tmp_path / "plan.json"
    path.write_bytes(msgspec.json.encode(make_plan(tmp_path, hawk, lock=lock)))
    command = [sys.executable, "-c", _USER, str(path)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def first_result(user: subprocess.Popen[str]) -> tuple[str, list[str]]:
    """The path that a user got, and the lines of its log."""
    said: list[str] = []
    for line in user.stdout or ():
        if not line.startswith("log "):
            return line.strip(), said
        said.append(line.removeprefix("log ").strip())
    pytest.fail(f"it ended: {said}")


def finish(user: subprocess.Popen[str]) -> None:
    user.communicate()
    assert user.returncode == 0


def test_it_has_the_lock_and_hawk_and_nothing_else(tmp_path: Path, hawk: Path, lock: str) -> None:
    said: list[str] = []
    text = f"{lock}six==1.17.0\n"
    python = ensure_environment(make_plan(tmp_path, hawk, lock=text), log=said.append, lock_text=text)
    code = "import alpha, six, hawk; print(hawk.WHO, alpha.VALUE, six.__version__)"
    seen = subprocess.run([python, "-P", "-c", code], capture_output=True, text=True, check=True).stdout
    assert seen == "stub 1 1.17.0\n"
    assert any("six==1.17.0" in line for line in said)
    (site,) = python.parent.parent.glob("lib/python*/site-packages")
    assert list(site.glob("__pycache__/alpha*.pyc"))


def test_a_ready_one_starts_no_uv_and_takes_milliseconds(
    tmp_path: Path, hawk: Path, lock: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = make_plan(tmp_path, hawk, lock=lock)
    first = ensure_environment(plan, log=lambda _: None, lock_text=lock)
    monkeypatch.setattr(uv, "find_uv", lambda: "/bin/false")
    start = time.perf_counter()
    assert ensure_environment(plan, log=pytest.fail, lock_text=lock) == first
    assert time.perf_counter() - start < 0.5


def test_another_lock_or_another_hawk_is_another_environment(tmp_path: Path, hawk: Path, lock: str) -> None:
    other = make_wheel(tmp_path / "other", "hawk", {"hawk/__init__.py": "WHO = 'other'\n"})
    found = {
        ensure_environment(make_plan(tmp_path, wheel, lock=text), log=lambda _: None, lock_text=text)
        for wheel, text in ((hawk, lock), (other, lock), (hawk, ""))
    }
    assert len(found) == 3


def test_two_jobs_at_once_make_one(tmp_path: Path, hawk: Path, lock: str) -> None:
    users = [start_user(tmp_path, hawk, lock) for _ in range(2)]
    results = [first_result(user) for user in users]
    for user in users:
        finish(user)
    assert results[0][0] == results[1][0]
    assert [line for _, said in results for line in said].count("Making the environment") == 1


@pytest.mark.parametrize("moment", ["Making the environment", "Installed 2 packages"])
def test_killed_while_it_is_made_it_is_made_again(tmp_path: Path, hawk: Path, lock: str, moment: str) -> None:
    user = start_user(tmp_path, hawk, lock)
    for line in user.stdout or ():
        if moment in line:
            break
    user.kill()
    user.communicate()
    again = start_user(tmp_path, hawk, lock)
    python, _ = first_result(again)
    assert subprocess.run([python, "-P", "-c", "import alpha, hawk"], check=False).returncode == 0
    finish(again)


def test_a_folder_without_its_mark_is_made_again(tmp_path: Path, hawk: Path, lock: str) -> None:
    user = start_user(tmp_path, hawk, lock)
    python = Path(first_result(user)[0])
    finish(user)
    (site,) = python.parent.parent.glob("lib/python*/site-packages")
    (site / "alpha.py").unlink()
    (python.parent.parent / ".hawk-complete").unlink()
    finish(start_user(tmp_path, hawk, lock))
    assert (site / "alpha.py").exists()


def test_one_whose_python_is_gone_is_made_again(tmp_path: Path, hawk: Path, lock: str) -> None:
    user = start_user(tmp_path, hawk, lock)
    python = Path(first_result(user)[0])
    finish(user)
    python.unlink()
    python.symlink_to(tmp_path / "gone")
    finish(start_user(tmp_path, hawk, lock))
    assert python.exists()


def test_an_orphaned_uv_keeps_the_next_job_waiting(tmp_path: Path, hawk: Path, lock: str) -> None:
    """uv inherits the lock: what it still writes can't land in an environment that is being made again."""
    slow = tmp_path / "bin" / "uv"
    slow.parent.mkdir()
    slow.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/uv.pid\necho started\nexec sleep 60\n")
    slow.chmod(0o755)
    path = tmp_path / "plan.json"
    path.write_bytes(msgspec.json.encode(make_plan(tmp_path, hawk, lock=lock)))
    code = f"import hawk.packages.uv as u; u.find_uv = lambda: {str(slow)!r}\n{_USER}"
    user = subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    for line in user.stdout or ():
        if "started" in line:
            break
    user.kill()
    user.wait()
    again = start_user(tmp_path, hawk, lock)
    assert again.stdout
    assert "Waiting for another job" in again.stdout.readline()
    os.kill(int((tmp_path / "uv.pid").read_text()), signal.SIGKILL)
    first_result(again)
    finish(again)


def test_a_package_that_is_not_there_can_never_work(tmp_path: Path, hawk: Path) -> None:
    text = "hawk-test-no-such-package-q7==1.0\n"
    with pytest.raises(PackageProblem):
        ensure_environment(make_plan(tmp_path, hawk, lock=text), log=lambda _: None, lock_text=text)


def test_a_damaged_or_absent_wheel_is_noticed(tmp_path: Path, hawk: Path, lock: str) -> None:
    (wheel,) = (tmp_path / "packages").glob("*/*.whl")
    wheel.write_bytes(wheel.read_bytes() + b"x")
    with pytest.raises(Unavailable, match="damaged"):
        ensure_environment(make_plan(tmp_path, hawk, lock=lock), log=lambda _: None, lock_text=lock)
    wheel.unlink()
    with pytest.raises(Unavailable, match="is not at"):
        ensure_environment(make_plan(tmp_path, hawk, lock=lock), log=lambda _: None, lock_text=lock)


@pytest.mark.parametrize("address", ["../secret.whl", "00/../../x.whl", "/etc/x.whl", "00/"])
def test_a_lock_names_only_wheels_of_the_job(tmp_path: Path, hawk: Path, address: str) -> None:
    text = f"alpha @ hawk-wheel:{address}\n"
    with pytest.raises(PackageProblem):
        ensure_environment(make_plan(tmp_path, hawk, lock=text), log=lambda _: None, lock_text=text)


def make_old(home: Path, name: str, days: float, size: int = 1000) -> Path:
    folder = home / "environments" / name
    folder.mkdir(parents=True)
    (folder / "content").write_bytes(b"x" * size)
    (folder / ".hawk-complete").touch()
    then = time.time() - days * 86400
    os.utime(folder / ".hawk-complete", (then, then))
    return folder


def test_prune_removes_the_old_and_then_the_longest_unused(tmp_path: Path) -> None:
    ages = {"ancient": 90, "old": 20, "newer": 10, "new": 1}
    folders = {name: make_old(tmp_path, name, days, 100_000) for name, days in ages.items()}
    removed = prune(tmp_path, max_age_days=30, max_bytes=250_000)
    assert removed == (folders["ancient"], folders["old"])
    assert [f.exists() for f in folders.values()] == [False, False, True, True]


def test_prune_removes_wheels_and_locks_that_nobody_used(tmp_path: Path) -> None:
    old, new = tmp_path / "wheels" / "old", tmp_path / "wheels" / "new"
    lock = tmp_path / "locks" / "old.txt"
    for folder in (old, new, lock.parent):
        folder.mkdir(parents=True)
    (old / "a.whl").touch()
    lock.touch()
    for path in (old, lock):
        os.utime(path, (0, 0))
    assert set(prune(tmp_path, max_age_days=30, max_bytes=0)) == {old, lock}
    assert new.exists()


def test_prune_spares_what_a_job_uses(tmp_path: Path, hawk: Path, lock: str) -> None:
    user = start_user(tmp_path, hawk, lock)
    python = Path(first_result(user)[0])
    environment = python.parent.parent
    os.utime(environment / ".hawk-complete", (0, 0))
    assert prune(tmp_path, max_age_days=1, max_bytes=0) == ()
    assert python.exists()
    finish(user)
    assert prune(tmp_path, max_age_days=1, max_bytes=0) == (environment,)
    assert not environment.exists()


def test_who_makes_an_environment_removes_what_nobody_used_for_long(
    tmp_path: Path, hawk: Path, lock: str
) -> None:
    old, new = make_old(tmp_path, "old", 90), make_old(tmp_path, "new", 1)
    plan, said = make_plan(tmp_path, hawk, lock=lock), list[str]()
    python = ensure_environment(plan, log=said.append, lock_text=lock)
    assert [folder.exists() for folder in (old, new, python)] == [False, True, True]
    assert any(str(old) in line for line in said)


def test_what_cannot_be_pruned_costs_no_job(tmp_path: Path, hawk: Path, lock: str) -> None:
    old = make_old(tmp_path, "old", 90)
    (old / ".hawk-complete").unlink()
    (old / ".hawk-complete").mkdir()
    os.utime(old / ".hawk-complete", (0, 0))
    plan, said = make_plan(tmp_path, hawk, lock=lock), list[str]()
    assert ensure_environment(plan, log=said.append, lock_text=lock).exists()
    assert any("could not be removed" in line for line in said)
