from __future__ import annotations

import fcntl
import os
import pty
import signal
import subprocess
import sys
import termios
import threading
from pathlib import Path

import pytest

from hawk.specs.control import Desired
from tests.runner.conftest import CAREFUL, Launch, Running, examples, running

SLOW = {"tasks": examples({"name": "slow", "args": {"samples": 2, "seconds": 60}}), "models": CAREFUL}


def _drain(fd: int, into: list[bytes]) -> threading.Thread:
    def read() -> None:
        while True:
            try:
                data = os.read(fd, 65_536)
            except OSError:  # So a pseudo-terminal ends.
                return
            if not data:
                return
            into.append(data)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    return thread


def test_on_a_terminal_inspect_draws_and_the_job_has_its_own_lines(launch: Launch) -> None:
    primary, secondary = pty.openpty()
    lines_read, lines = os.pipe()
    drawn: list[bytes] = []
    said: list[bytes] = []
    going = launch.plan(SLOW).start(
        1,
        "--log-fd",
        str(lines),
        stdout=secondary,
        stdin=secondary,
        pass_fds=(lines,),
        env={"TERM": "xterm-256color"},
    )
    os.close(secondary)
    os.close(lines)
    threads = [_drain(primary, drawn), _drain(lines_read, said)]
    going.until(running(2))
    launch.want(Desired(launch=1, state="stop"))
    code = going.process.wait(20)
    for thread in threads:
        thread.join(5)
    assert code == 1
    assert launch.outcome().stopped
    text = b"".join(said).decode()
    assert "Loaded 1 task with 2 samples in all." in text
    assert "slow (take_time) on scripted/careful: 2 of 2 samples" in text
    assert "stopped with 2 of 2 samples done" in text
    assert b"\x1b[" in b"".join(drawn)
    assert b"\x1b[" not in b"".join(said)
    assert b"Loaded 1 task" not in b"".join(drawn)
    assert b"Completed all tasks" not in b"".join(drawn)


DIRECT = "import sys; from pathlib import Path; from hawk.runner.inside import run; sys.exit(run(Path(sys.argv[1]), 1, {}))"


def _direct(launch: Launch, *, terminal: int | None = None) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", DIRECT, str(launch.folder)],
        env={**os.environ, "XDG_DATA_HOME": str(launch.data), "TERM": "xterm-256color"},
        stdin=terminal,
        stdout=subprocess.PIPE if terminal is None else terminal,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        text=True,
        preexec_fn=_take_terminal if terminal is not None else None,  # noqa: PLW1509 - for Ctrl-C alone
    )
    launch.processes.append(process)
    return process


@pytest.mark.parametrize("twice", [False, True])
def test_ctrl_c_in_the_users_own_process(launch: Launch, twice: bool) -> None:
    process = _direct(launch.plan(SLOW))
    going = Running(launch, process)
    going.until(running(2))
    process.send_signal(signal.SIGINT)
    if twice:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("Stopping"):
                break
        process.send_signal(signal.SIGINT)
        assert process.wait(5) in {1, 130}
        return
    ended = going.wait(20)
    assert ended.code == 1, ended.output
    (log,) = launch.eval_logs()
    assert [bool(one.scores) for one in log.samples] == [True, True]


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def test_ctrl_c_typed_at_the_users_own_process_stops_it_gracefully(launch: Launch) -> None:
    primary, secondary = pty.openpty()
    process = _direct(launch.plan(SLOW), terminal=secondary)
    os.close(secondary)
    shown: list[bytes] = []
    thread = _drain(primary, shown)
    Running(launch, process).until(running(2))
    os.write(primary, b"\x03")
    assert process.wait(20) == 1
    thread.join(5)
    assert launch.outcome().stopped
    text = b"".join(shown)
    assert b"Stopping; what is under way is scored" in text
    assert b"stopped with 2 of 2 samples done" in text
    assert b"Completed all tasks" not in text
    assert b"\x1b[?1049h" not in text, "no full screen: it would take Ctrl-C and a debugger's prompt"
    (log,) = launch.eval_logs()
    assert [bool(one.scores) for one in log.samples] == [True, True]


def test_a_package_that_is_not_installed_here_is_named_with_what_to_type(launch: Launch) -> None:
    tasks = [{"package": "some-tasks==1.0", "name": "some_tasks", "items": [{"name": "one"}]}]
    ended = Running(launch, _direct(launch.plan({"tasks": tasks}))).wait()
    assert ended.code == 78
    assert "uv pip install 'some-tasks==1.0'" in ended.output
    assert Path(launch.folder / "outcome.json").exists()
