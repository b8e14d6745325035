from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.backends.execution.local.harness import Local, until

EVERY_KIND = ["child", "setsid", "orphan"]


def kill_supervisor(local: Local, job: str = "job") -> int:
    supervisor = local.supervisor(job)
    supervisor.kill()
    until(lambda: not supervisor.is_running() or supervisor.status() == "zombie")
    return supervisor.pid


def test_a_dead_supervisor_takes_its_runner_along(local: Local) -> None:
    local.launch(hold=True)
    runner = local.runner()
    pid = kill_supervisor(local)
    until(lambda: not runner.is_running() or runner.status() == "zombie")
    seen = local.observe()
    assert seen.state == "lost"
    assert seen.reason == f"the supervisor (pid {pid}) is gone: it was killed, or it crashed"
    assert seen.attempts[0].ended_at is None
    assert seen.attempts[0].cause == "its supervisor ended before it"


@pytest.mark.parametrize("deaf", [False, True])
def test_lost_is_said_when_nothing_runs_any_more(local: Local, deaf: bool) -> None:
    local.launch(hold=True, stubborn=True, deaf=deaf, spawn=EVERY_KIND)
    local.wait(states={"running"})
    kill_supervisor(local)
    assert local.observe().state == "lost"
    assert not local.processes()


def test_several_who_look_at_once_say_the_same(local: Local) -> None:
    local.launch(hold=True, stubborn=True, deaf=True, spawn=EVERY_KIND)
    local.wait(states={"running"})
    kill_supervisor(local)

    async def look() -> list[Any]:
        others = [Local(local.home).backend for _ in range(4)]
        return await asyncio.gather(*(one.observe("job") for one in others))

    states = {one.state for one in asyncio.run(look())}
    assert "lost" in states
    assert states <= {"lost", "running"}
    assert local.observe().state == "lost"
    assert not local.processes()


def test_a_lost_job_stays_as_it_was_found(local: Local) -> None:
    local.launch(hold=True)
    local.left("started-1")
    kill_supervisor(local)
    seen = local.observe()
    assert Local(local.home).observe() == seen
    assert local.events() == ["launched", "attempt-started"]


def test_a_lost_job_is_launched_again(local: Local) -> None:
    local.launch(hold=True)
    local.left("started-1")
    kill_supervisor(local)
    local.launch(launch=2)
    seen = local.wait()
    assert (seen.launch, seen.state) == (2, "succeeded")
    assert seen.attempts[0].cause == "its supervisor ended before it"


def test_a_supervisor_killed_while_it_waits(make_local: Callable[..., Local]) -> None:
    local = make_local(max_running=1)
    local.launch("first", hold=True)
    local.launch("second")
    kill_supervisor(local, "second")
    assert local.observe("second").state == "lost"
    local.launch("third")
    (local.folder("first") / "go").touch()
    assert local.wait("third").state == "succeeded"


def forge(local: Local, **launched: Any) -> None:
    """Make the records look as if they were of another supervisor."""
    path = local.folder() / "attempts.jsonl"
    records = [json.loads(line) for line in path.read_text().splitlines()]
    for record in records:
        record.update({key: value for key, value in launched.items() if key in record})
    path.write_text("".join(json.dumps(record) + "\n" for record in records if record["event"] != "finished"))


def test_a_pid_that_another_has_now_is_left_alone(local: Local) -> None:
    local.launch()
    local.wait()
    until(local.is_quiet)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=-1) as stranger:
        forge(local, pid=stranger.pid)
        assert local.observe().state == "lost"
        local.terminate()
        assert stranger.poll() is None


@pytest.mark.parametrize("mark", ["", "PATH=/bin", "HAWK_JOB"])
def test_a_record_without_a_mark_ends_nobody(local: Local, mark: str) -> None:
    local.launch()
    local.wait()
    until(local.is_quiet)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=-1, env={"PATH": "/bin"}) as stranger:
        forge(local, mark=mark)
        assert local.observe().state == "lost"
        assert stranger.poll() is None


def test_after_a_restart_of_the_machine(local: Local) -> None:
    local.launch()
    local.wait()
    until(local.is_quiet)
    forge(local, boot="another")
    assert local.observe().reason.startswith("the machine restarted while the supervisor (pid ")


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_torn_record_is_passed_over(local: Local, cut: int) -> None:
    local.launch()
    local.wait()
    until(local.is_quiet)
    path = local.folder() / "attempts.jsonl"
    path.write_bytes(path.read_bytes()[:-cut])
    assert local.observe().state == "lost" if cut > 1 else "succeeded"
    local.launch(launch=2)
    seen = local.wait()
    assert (seen.launch, seen.state) == (2, "succeeded")


@pytest.mark.parametrize("content", [b"", b'{"job_id": "jo', b"\0" * 64, b"[1]"])
def test_torn_files_hinder_nothing(local: Local, content: bytes) -> None:
    local.folder().mkdir(parents=True)
    names = ["plan.json", "supervisor.json", "desired.json", "progress.json", "outcome.json", "lost.json"]
    for name in [*names, "attempts.jsonl", "output.log"]:
        (local.folder() / name).write_bytes(content)
    assert local.observe() is None
    assert asyncio.run(local.backend.observe_all()) == {}
    local.log()
    local.terminate()
    local.launch(hold=True)
    for name in ("desired.json", "progress.json"):
        (local.folder() / name).write_bytes(content)
    assert local.state() == "starting"
    (local.folder() / "go").touch()
    assert local.wait().state == "succeeded"


def test_a_folder_that_is_a_file_is_no_job(local: Local) -> None:
    (local.home / "local").mkdir(parents=True)
    (local.home / "local" / "notes.txt").write_text("mine")
    assert asyncio.run(local.backend.observe_all()) == {}


def test_a_thousand_ended_jobs_are_looked_at_once(local: Local, tmp_path: Path) -> None:
    local.launch()
    local.wait()
    records = (local.folder() / "attempts.jsonl").read_bytes()
    for number in range(50):
        folder = local.folder(f"old-{number}")
        folder.mkdir()
        (folder / "attempts.jsonl").write_bytes(records)
    first = asyncio.run(local.backend.observe_all())
    assert {one.state for one in first.values()} == {"succeeded"}
    again = asyncio.run(local.backend.observe_all())
    assert all(again[job] is first[job] for job in first)


def test_who_deletes_a_running_jobs_folder_ends_the_job(local: Local) -> None:
    """Nobody could stop it any more, and a resume would be a second writer of its logs."""
    local.launch(hold=True, stubborn=True, deaf=True, spawn=EVERY_KIND)
    local.wait(states={"running"})
    processes, supervisor = local.processes(), local.supervisor()
    assert processes
    local.folder().rename(local.home / "gone")
    local.folder().mkdir()  # as a resume would
    until(lambda: not any(one.is_running() and one.status() != "zombie" for one in (*processes, supervisor)))
