from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.backends.execution.local.harness import Local, until

ROOT = Path(__file__).parents[4]


def start(local: Local, what: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.backends.execution.local.directly", str(local.home), "job", what]
    return subprocess.Popen(command, cwd=ROOT, stdout=-1, stderr=-1, text=True)


@pytest.mark.parametrize(
    ("what", "exit_code", "state", "reason", "seen_code"),
    [
        ("0", 0, "succeeded", None, 0),
        ("1", 1, "failed", "exit code 1", 1),
        ("3", 3, "failed", "crashed once: exit code 3", 3),
        ("exit", 78, "failed", "exit code 78", 78),
        ("raise", 1, "failed", "crashed: RuntimeError: the key is ***", None),
        ("interrupt", -2, "stopped", "interrupted by Ctrl-C", None),
    ],
)
def test_a_direct_run_leaves_the_same_evidence(
    local: Local, what: str, exit_code: int, state: str, reason: str | None, seen_code: int | None
) -> None:
    direct = start(local, what)
    direct.communicate()
    assert direct.returncode in {exit_code, 130 if exit_code == -2 else exit_code}
    seen = local.observe()
    assert (seen.state, seen.reason, seen.launch) == (state, reason, 1)
    assert [(one.attempt, one.exit_code) for one in seen.attempts] == [(1, seen_code)]
    assert json.loads((local.folder() / "plan.json").read_text())["job_id"] == "job"


def test_it_is_seen_while_it_runs_and_done_once(local: Local) -> None:
    direct = start(local, "hang")
    until((local.folder() / "begun").exists)
    assert local.observe().state == "starting"
    assert local.left("supervisor")["pid"] == direct.pid
    again = start(local, "0")
    assert "job already runs." in again.communicate()[0]
    assert again.returncode == 99
    direct.kill()
    direct.wait()
    assert local.observe().state == "lost"
    assert not local.processes()


def test_a_stop_that_it_follows(local: Local) -> None:
    direct = start(local, "obey")
    until((local.folder() / "begun").exists)
    local.stop()
    assert direct.wait(20) == 1
    assert (local.observe().state, local.observe().reason) == ("stopped", "as asked")


def test_a_ctrl_c_that_it_follows_is_a_stop_as_well(local: Local) -> None:
    assert start(local, "ctrl-c").wait(20) == 1
    assert (local.observe().state, local.observe().reason) == ("stopped", "as asked")


@pytest.mark.parametrize("now", [True, False])
def test_a_stop_that_it_does_not_follow(local: Local, now: bool) -> None:
    direct = start(local, "hang")
    until((local.folder() / "begun").exists)
    local.stop(now=now)
    assert direct.wait(20) == 1
    assert local.observe().state == "stopped"
    assert not local.processes()


def test_terminate_ends_it(local: Local) -> None:
    direct = start(local, "hang")
    until((local.folder() / "begun").exists)
    local.terminate()
    direct.wait(20)
    assert not local.processes()
    assert local.observe().state == "lost"
