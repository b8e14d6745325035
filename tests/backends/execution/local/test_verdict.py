from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hawk.backends.execution.local.supervisor.causes import cause_of, oom_kills
from hawk.backends.execution.local.supervisor.stopping import EARLY_GRACE, Stopping
from hawk.backends.execution.local.supervisor.verdict import End, judge, pause_before

CODES = st.one_of(st.none(), st.integers(-64, 255))


@given(CODES, st.integers(1, 6), st.booleans(), st.integers(0, 5), st.booleans())
def test_every_end_has_a_verdict_or_another_attempt(
    code: int | None, attempt: int, stop: bool, restarts: int, stopped: bool
) -> None:
    end = End(attempt, code, "cause", {"stopped": stopped, "reason": "its word"})
    verdict = judge(end, stop_asked=stop, max_restarts=restarts)
    if verdict is None:
        assert not stop
        assert code not in {0, 1, 78}
        assert attempt <= restarts
    elif stop and (code != 0 or stopped):
        assert verdict.state == "stopped"
    elif code == 0:
        assert verdict.state == "succeeded"
    else:
        assert verdict.state == "failed"
        assert code in {1, 78} or attempt > restarts


@given(st.integers(2, 1000))
def test_pauses_grow_to_a_bound(attempt: int) -> None:
    assert 0.5 <= pause_before(attempt) <= pause_before(attempt + 1) <= 10


@pytest.mark.parametrize(
    ("code", "oom", "cause"),
    [
        (0, True, None),
        (1, True, "exit code 1"),
        (-signal.SIGKILL, False, "killed by SIGKILL"),
        (-signal.SIGKILL, True, "out of memory"),
        (137, True, "out of memory"),
        (137, False, "exit code 137"),
        (-signal.SIGTERM, True, "killed by SIGTERM"),
        (-63, False, "killed by signal 63"),
    ],
)
def test_causes(code: int, oom: bool, cause: str | None) -> None:
    assert cause_of(code, out_of_memory=oom) == cause


def test_the_kernels_counters_add_up(tmp_path: Path) -> None:
    def write(name: str, text: str) -> None:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)

    assert oom_kills(tmp_path) == 0
    write("proc/vmstat", "nr_free 5\noom_kill 3\noom_kill_other 9\n")
    write("proc/self/cgroup", "4:cpu,memory:/a/b\n9:name=systemd:/\n0::/c\nnonsense\n")
    write("sys/fs/cgroup/memory/a/b/memory.oom_control", "oom_kill_disable 0\noom_kill 10\n")
    write("sys/fs/cgroup/c/memory.events", "oom 7\noom_kill 100\n")
    assert oom_kills(tmp_path) == 113


PHASES = st.sampled_from(["installing", "loading", "running", "finishing", None])


def work(phase: str | None, done: int = 0) -> dict[str, Any]:
    return {"phase": phase, "tasks": [{"status": "running", "samples": {"done": done}}]} if phase else {}


@given(st.lists(st.tuples(st.floats(0, 3), PHASES, st.integers(0, 3)), max_size=60))
def test_a_stop_comes_to_an_end(turns: list[tuple[float, str | None, int]]) -> None:
    stopping, now, told = Stopping(grace=6, cap=20), 0.0, False
    for pause, phase, done in turns:
        now += pause
        step = stopping.step(now, work(phase, done), at_once=False)
        assert not (step == "terminate" and told)
        told = told or step == "terminate"
        if step == "end":
            assert stopping.reason
            assert now >= EARLY_GRACE
            return
    assert stopping.step(now + 20, work("running"), at_once=False) != "wait" or not turns


def test_progress_starts_the_grace_again_up_to_the_cap() -> None:
    stopping = Stopping(grace=6, cap=20)
    assert [stopping.step(now, work("running", now), at_once=False) for now in range(0, 20, 5)] == [
        "wait"
    ] * 4
    assert stopping.step(20, work("running", 99), at_once=False) == "end"
    assert stopping.reason == "it had not ended after 20 s"


def test_without_progress_the_grace_is_all() -> None:
    stopping = Stopping(grace=6, cap=300)
    steps = [stopping.step(now, work("running"), at_once=False) for now in (0, 3, 5.9, 6)]
    assert steps == ["wait", "wait", "wait", "end"]


def test_now_is_now() -> None:
    assert Stopping(grace=6, cap=300).step(0, work("running"), at_once=True) == "end"
