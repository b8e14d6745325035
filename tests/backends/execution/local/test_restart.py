from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.backends.execution.local.harness import Local, until


def test_a_crash_is_tried_again_with_what_it_had(local: Local) -> None:
    secret = {"TOKEN": "s3cret-value"}
    local.launch(ends=[3, 0], secrets=secret, print=["attempt {attempt}"])
    seen = local.wait()
    assert seen.state == "succeeded"
    assert [(one.attempt, one.cause) for one in seen.attempts] == [(1, "exit code 3"), (2, None)]
    assert local.left("secrets-1") == local.left("secrets-2")
    assert [(line.attempt, line.text) for line in local.log()] == [
        (1, "attempt 1"),
        (1, "hawk: attempt 1 ended: exit code 3; attempt 2 starts in 0.5 s"),
        (2, "attempt 2"),
    ]


def test_a_runner_killed_twice_succeeds_at_the_third(local: Local) -> None:
    local.launch(hold=True)
    for attempt in (1, 2):
        local.runner(attempt).kill()
    runner = local.runner(3)
    assert local.wait(states={"running"}).attempts[-1].attempt == 3
    (local.folder() / "go").touch()
    seen = local.wait()
    assert (seen.state, [one.cause for one in seen.attempts]) == (
        "succeeded",
        ["killed by SIGKILL", "killed by SIGKILL", None],
    )
    assert [one.exit_code for one in seen.attempts] == [-9, -9, 0]
    assert not psutil.pid_exists(runner.pid)


@pytest.mark.parametrize(
    ("restarts", "reason"),
    [(0, "crashed once: killed by SIGSEGV"), (2, "crashed 3 times; last: killed by SIGSEGV")],
)
def test_restarts_are_counted(local: Local, restarts: int, reason: str) -> None:
    local.launch(ends=[-signal.SIGSEGV], max_restarts=restarts)
    seen = local.wait()
    assert (seen.state, seen.reason, len(seen.attempts)) == ("failed", reason, restarts + 1)


def test_what_an_attempt_started_has_ended_before_the_next_begins(local: Local) -> None:
    local.launch(ends=[3, 0], spawn=["child", "setsid", "orphan", "clean"], hold=True)
    local.left("started-1")
    until(lambda: len(local.processes()) >= 5)
    mine = {one.pid for one in local.supervisor().children(recursive=True)}
    assert len(mine) == 5
    (local.folder() / "go").touch()
    local.left("started-2")
    assert not [pid for pid in mine if _runs(pid)]
    local.wait()
    until(local.is_quiet)


def test_the_supervisor_holds_its_lock_alone(local: Local) -> None:
    """A child that had the lock too would make a dead supervisor look alive."""
    local.launch(hold=True, spawn=["setsid"])
    local.left("started-1")
    lock = local.folder() / "supervisor.lock"
    for process in local.supervisor().children(recursive=True):
        held = [fd.resolve() for fd in Path(f"/proc/{process.pid}/fd").iterdir()]
        assert held
        assert lock not in held


@pytest.fixture
def little_memory() -> Iterator[Path]:
    """A cgroup (v1) of 64 MiB; needs root and a memory controller that may be written to."""
    group = Path(f"/sys/fs/cgroup/memory/hawk-test-{os.getpid()}")
    try:
        group.mkdir()
        (group / "memory.limit_in_bytes").write_text(str(64 << 20))
    except OSError:
        pytest.skip("needs root and the memory controller of cgroup v1")
    yield group / "cgroup.procs"
    until(lambda: not (group / "cgroup.procs").read_text())
    group.rmdir()


def test_a_restart_after_want_of_memory_takes_less(local: Local, little_memory: Path) -> None:
    script = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from tests.backends.execution.local.harness import Local\n"
        "Path(sys.argv[2]).write_text(str(os.getpid()))\n"
        "Local(Path(sys.argv[1])).launch(eat=200)\n"
    )
    root = Path(__file__).parents[4]
    subprocess.run([sys.executable, "-c", script, str(local.home), str(little_memory)], cwd=root, check=True)
    seen = local.wait()
    assert [one.cause for one in seen.attempts] == ["out of memory", None]
    assert seen.state == "succeeded"
    assert local.left("started-2")["options"]["--halvings"] == "1"


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
