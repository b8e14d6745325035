from __future__ import annotations

import asyncio
import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fcntl import LOCK_UN, flock
from pathlib import Path

import msgspec
import pytest

from hawk.backends.execution.local import launching
from hawk.backends.execution.local.backend import LocalBackend
from hawk.backends.execution.local.supervisor.locks import try_lock
from hawk.backends.execution.protocol import Launch
from hawk.errors import Busy, Conflict, Unavailable, UsageFault
from tests.backends.execution.local.harness import Local, make_plan, until


def test_a_job_that_was_never_launched_is_unknown(local: Local) -> None:
    assert local.observe("nothing") is None
    assert asyncio.run(local.backend.observe_all()) == {}
    assert local.log("nothing") == []


def test_a_run_that_succeeds(local: Local) -> None:
    local.launch(print=["hello"], reason="2 of 2 evals succeeded")
    seen = local.wait()
    assert (seen.state, seen.reason, seen.launch) == ("succeeded", "2 of 2 evals succeeded", 1)
    assert [(one.attempt, one.exit_code, one.cause) for one in seen.attempts] == [(1, 0, None)]
    assert seen.attempts[0].started_at < seen.attempts[0].ended_at <= seen.since
    assert [line.text for line in local.log()] == ["hello"]
    until(local.is_quiet)


@pytest.mark.parametrize("code", [1, 78])
def test_a_verdict_of_the_runner_is_not_tried_again(local: Local, code: int) -> None:
    local.launch(ends=[code], reason="because")
    seen = local.wait()
    assert (seen.state, seen.reason) == ("failed", "because")
    assert [(one.exit_code, one.cause) for one in seen.attempts] == [(code, f"exit code {code}")]


def test_an_outcome_of_another_attempt_is_not_believed(local: Local) -> None:
    local.folder().mkdir(parents=True)
    old = {"launch": 1, "attempt": 9, "exit_code": 1, "reason": "old"}
    (local.folder() / "outcome.json").write_text(json.dumps(old))
    local.launch(ends=[3], max_restarts=0)
    assert local.wait().reason == "crashed once: exit code 3"


def test_the_states_on_the_way(local: Local) -> None:
    local.launch(hold=True, phase="installing")
    local.left("progress")
    assert local.state() == "starting"
    local.launch("other", hold=True, phase="running")
    assert local.wait("other", states={"running"}).progress.phase == "running"
    assert set(asyncio.run(local.backend.observe_all())) == {"job", "other"}


def test_the_runner_gets_its_folder_its_fds_and_its_secrets(local: Local) -> None:
    secrets = {"TOKEN": "x" * 300_000, "ÄÖ": "ü\n\0"}
    local.launch(secrets=secrets)
    local.wait()
    begun = local.left("started-1")
    assert set(begun["options"]) == {"--attempt", "--secrets-fd", "--alive-fd"}
    assert begun["cwd"] == str(local.folder() / "work")
    assert local.left("secrets-1") == {n: hashlib.sha256(v.encode()).hexdigest() for n, v in secrets.items()}
    assert local.folder().stat().st_mode & 0o777 == 0o700


def test_a_launch_is_done_once(local: Local) -> None:
    local.launch(hold=True)
    pid = local.supervisor().pid
    local.launch(hold=True)
    assert local.supervisor().pid == pid
    (local.folder() / "go").touch()
    local.wait()
    local.launch(hold=True)
    assert local.events() == ["launched", "attempt-started", "attempt-ended", "finished"]


def test_two_launches_at_the_same_instant_start_one_supervisor(local: Local) -> None:
    async def both() -> None:
        order = Launch(plan=make_plan(spec={"hold": True}))
        await asyncio.gather(*(local.backend.launch(order) for _ in range(4)))

    asyncio.run(both())
    local.left("started-1")
    assert local.events().count("launched") == 1
    until(lambda: {one.pid for one in local.processes()} == {local.supervisor().pid, local.runner().pid})


def test_a_resume_is_a_new_launch_with_its_own_attempts(local: Local) -> None:
    local.launch(ends=[1])
    local.wait()
    local.stop(launch=1)
    local.launch(launch=2, reason="done")
    seen = local.wait()
    assert (seen.launch, seen.state) == (2, "succeeded")
    assert [(one.launch, one.attempt, one.exit_code) for one in seen.attempts] == [(1, 1, 1), (2, 1, 0)]


def test_a_launch_waits_for_its_first_supervisor_that_is_slow_to_record_it(local: Local) -> None:
    """The server that started that one was killed, and the request came again."""
    with slow_supervisor(local) as lock:
        threading.Timer(4.0, flock, (lock, LOCK_UN)).start()
        local.launch(print=["hello"])
    assert local.wait().state == "succeeded"


def test_it_waits_too_where_the_launch_before_was_lost(local: Local) -> None:
    """Whose launch the lock's file still has, as long as the slow one has not noted its own."""
    local.launch(hold=True)
    local.supervisor().kill()
    assert local.wait().state == "lost"
    with slow_supervisor(local) as lock:
        threading.Timer(4.0, flock, (lock, LOCK_UN)).start()
        local.launch(launch=2)
    assert local.wait().launch == 2


def test_a_launch_of_which_nobody_knows_whether_it_was_begun_is_asked_for_again(
    local: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as impatient:
        impatient.setattr(launching, "_PATIENCE", 4.0)
        with slow_supervisor(local), pytest.raises(Busy, match="on its way"):
            local.launch()
    local.launch()
    assert local.wait().state == "succeeded"


SLOW = """
import sys
from pathlib import Path
sys.path.append(sys.argv[1])
from supervisor import start
start._TOO_LATE = -1.0
start.main(Path(sys.argv[2]))
"""


def test_a_supervisor_that_was_held_up_for_too_long_begins_nothing(local: Local) -> None:
    local.folder().mkdir(parents=True)
    order = local.backend._order(Launch(plan=make_plan(), secrets={}, terminal=None))
    command = [sys.executable, "-c", SLOW, str(Path(launching.__file__).parent), str(local.folder())]
    done = subprocess.run(command, input=msgspec.json.encode(order), capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"", b"")
    until(local.is_quiet)
    assert local.observe() is None
    local.launch()
    assert local.wait().state == "succeeded"


@contextmanager
def slow_supervisor(local: Local) -> Iterator[int]:
    """One that has taken the job, and waits for its disk to record which launch it begins."""
    local.folder().mkdir(parents=True, exist_ok=True)
    lock = try_lock(local.folder() / "supervisor.lock")
    assert lock is not None
    yield lock
    os.close(lock)


def test_a_launch_beside_a_running_one_is_refused(local: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    local.launch(hold=True)
    with pytest.raises(Conflict, match="still runs"):
        local.launch(launch=2)
    assert local.left("plan")["launch"] == 1


def test_a_job_survives_the_process_that_launched_it(local: Local) -> None:
    script = (
        "import sys, asyncio, msgspec\n"
        "from pathlib import Path\n"
        "from tests.backends.execution.local.harness import Local\n"
        "Local(Path(sys.argv[1])).launch(hold=True, obeys=True)\n"
        "print('launched', flush=True)\n"
        "sys.stdin.read()\n"
    )
    root = Path(__file__).parents[4]
    launcher = subprocess.Popen(
        [sys.executable, "-c", script, str(local.home)], cwd=root, stdin=-1, stdout=-1, start_new_session=True
    )
    assert launcher.stdout.readline() == b"launched\n"
    os.killpg(launcher.pid, signal.SIGKILL)
    launcher.communicate()
    local.wait(states={"running"})
    (local.folder() / "go").touch()
    assert local.wait().state == "succeeded"


def test_a_launcher_that_dies_before_it_has_said_all_starts_nothing(local: Local) -> None:
    supervisor = Path(sys.modules[LocalBackend.__module__].__file__).parent / "supervisor"
    local.folder().mkdir(parents=True)
    half = subprocess.run(
        [sys.executable, "-I", "-S", supervisor, local.folder()],
        input=b'{"plan": {"job',
        capture_output=True,
        check=True,
    )
    assert half.stdout == b""
    assert half.stderr == b""
    assert local.observe() is None
    local.launch()
    assert local.wait().state == "succeeded"


def test_a_runner_that_is_not_there_is_a_failure_with_the_reason(local: Local) -> None:
    local.backend = LocalBackend(local.settings, runner=["/nowhere/python"])
    local.launch(max_restarts=0)
    seen = local.wait()
    assert seen.state == "failed"
    assert "/nowhere/python" in seen.reason
    assert seen.attempts[0].exit_code is None


def test_a_folder_that_is_not_writable_is_said_in_one_line(local: Local) -> None:
    local.home.parent.mkdir(exist_ok=True)
    local.home.write_text("a file in the place of the folder")
    with pytest.raises(Unavailable, match="can't be kept"):
        local.launch()


@pytest.mark.parametrize("name", ["", ".queue", "../x", "a/b"])
def test_an_id_is_one_name(local: Local, name: str) -> None:
    with pytest.raises(UsageFault):
        local.observe(name)


def test_a_server_hands_on_only_what_is_harmless(
    make_local: Callable[..., Local], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the-server's")
    monkeypatch.setenv("https_proxy", "http://proxy:3128")
    for job, inherit in (("served", False), ("mine", True)):
        local = make_local(inherit=inherit)
        local.launch(job)
        local.wait(job)
        environment = local.left("environment-1", job)
        assert ("AWS_SECRET_ACCESS_KEY" in environment) is inherit
        assert environment["https_proxy"] == "http://proxy:3128"
        assert environment["HAWK_JOB"].startswith(f"here:{job}:1:")
