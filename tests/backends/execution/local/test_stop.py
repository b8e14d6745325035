from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.backends.execution.local.harness import Local, until

EVERY_KIND = ["child", "setsid", "orphan", "clean", "stray"]


def test_a_runner_that_obeys_ends_by_itself(local: Local) -> None:
    local.launch(hold=True, obeys=True, reason="stopped; 1 of 2 samples kept", spawn=EVERY_KIND)
    local.wait(states={"running"})
    local.stop()
    seen = local.wait()
    assert (seen.state, seen.reason) == ("stopped", "stopped; 1 of 2 samples kept")
    assert seen.attempts[0].exit_code == 1
    until(local.is_quiet)


def test_a_run_that_succeeds_in_spite_of_the_stop_has_succeeded(local: Local) -> None:
    local.launch(hold=True)
    local.wait(states={"running"})
    local.stop()
    (local.folder() / "go").touch()
    assert local.wait().state == "succeeded"


def test_a_stop_of_an_earlier_launch_is_not_meant(local: Local) -> None:
    local.launch(ends=[1])
    local.wait()
    local.stop(launch=1)
    local.launch(launch=2, ends=[3, 0])
    assert local.wait().state == "succeeded"


def test_a_stop_before_the_launch_holds(local: Local) -> None:
    local.stop()
    local.launch(hold=True)
    seen = local.wait()
    assert (seen.state, seen.attempts) == ("stopped", ())


def test_a_runner_that_hangs_is_ended_after_the_grace(local: Local) -> None:
    local.launch(hold=True, stubborn=True, spawn=EVERY_KIND)
    local.wait(states={"running"})
    local.stop()
    seen = local.wait()
    assert (seen.state, seen.reason) == ("stopped", "stopped: it made no progress for 1 s")
    assert seen.attempts[0].cause == "ended by the stop"
    until(local.is_quiet)


def test_a_runner_that_installs_is_told_at_once(local: Local) -> None:
    local.launch(hold=True, phase="installing")
    local.left("progress")
    local.stop()
    began = time.monotonic()
    assert local.wait().state == "stopped"
    assert time.monotonic() - began < 1.5
    assert local.observe().attempts[0].exit_code == -15


def test_one_that_installs_and_ignores_it_is_ended(local: Local) -> None:
    local.launch(hold=True, phase="installing", stubborn=True, spawn=["clean"])
    local.left("progress")
    local.stop()
    assert local.wait().reason == "stopped: it did not end within 2 s"
    until(local.is_quiet)


def test_a_stray_child_with_a_clean_environment_ends_too(local: Local) -> None:
    local.launch(hold=True, obeys=True, spawn=EVERY_KIND)
    until(lambda: len(local.supervisor().children(recursive=True)) == 6)
    children = local.supervisor().children(recursive=True)
    local.stop()
    local.wait()
    assert not [one for one in children if one.is_running() and one.status() != "zombie"]


def test_now_leaves_no_time(make_local: Callable[..., Local]) -> None:
    local = make_local(stop_grace=60.0)
    local.launch(hold=True, stubborn=True, spawn=EVERY_KIND)
    local.wait(states={"running"})
    local.stop()
    local.stop(now=True)
    seen = local.wait()
    assert (seen.state, seen.reason) == ("stopped", "stopped: it was to end at once")
    until(local.is_quiet)


def test_a_stop_while_it_waits_for_a_slot(make_local: Callable[..., Local]) -> None:
    local = make_local(max_running=1)
    local.launch("first", hold=True)
    local.launch("second")
    assert local.wait("second", states={"queued"}).reason == "1 of 1 running on local; 0 before it"
    local.stop("second")
    seen = local.wait("second")
    assert (seen.state, seen.reason, seen.attempts) == ("stopped", "stopped before it started", ())
    assert local.state("first") == "running"


def test_a_stop_between_two_attempts(local: Local) -> None:
    local.launch(ends=[3], max_restarts=50)
    until(lambda: "restarting" in (local.folder() / "attempts.jsonl").read_text())
    local.stop()
    seen = local.wait()
    assert seen.state == "stopped"
    assert len(seen.attempts) < 6


def test_terminate_ends_everything_and_says_so(local: Local) -> None:
    local.launch(hold=True, stubborn=True, spawn=EVERY_KIND)
    local.wait(states={"running"})
    local.terminate(launch=9)
    assert local.state() == "running"
    local.terminate()
    assert not local.processes()
    assert local.observe().state == "stopped"
    local.terminate()
    local.terminate("unknown")


def test_terminate_ends_what_a_frozen_supervisor_holds(local: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hawk.backends.execution.local.ending._PATIENCE", 0.5)
    local.launch(hold=True, stubborn=True, spawn=["setsid"])
    local.wait(states={"running"})
    local.supervisor().suspend()
    local.terminate()
    assert not local.processes()
    assert local.observe().state == "lost"


def test_remove_leaves_nothing(make_local: Callable[..., Local]) -> None:
    local = make_local(max_running=1)
    local.launch("first", hold=True)
    local.launch("second")
    local.wait("second", states={"queued"})
    local.supervisor("second").kill()
    local.remove("second")
    local.remove("first")
    local.remove("first")
    assert local.observe("first") is None
    assert not local.processes("first")
    left = [path.name for path in (local.home / "local").rglob("*") if path.is_file()]
    assert sorted(left) == [".lock", "0.lock"]


def test_remove_leaves_a_later_launch(local: Local) -> None:
    local.launch(launch=2, hold=True)
    local.wait(states={"running"})
    local.remove(launch=1)
    assert local.observe().state == "running"
    local.remove(launch=2)
    assert local.observe() is None


def test_two_may_remove_a_running_job_at_once(local: Local) -> None:
    local.launch(hold=True)
    local.wait(states={"running"})
    with ThreadPoolExecutor() as both:
        for done in [both.submit(local.remove) for _ in range(2)]:
            done.result()
    assert local.observe() is None
    assert not local.processes()
