"""What needs a terminal or signals: questions, colours, Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

ROOT = Path(__file__).parents[2]
CONFIG = "tasks: [{package: six, name: six, items: [{name: t}]}]\n"


@pytest.fixture
def work(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (home / "work" / "x.yaml").write_text(CONFIG)
    (home / "work" / "odd.yaml").write_text(CONFIG + "epoch: 3\n")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return home / "work"


@pytest.fixture
def terminals() -> Iterator[list[Any]]:
    made: list[Any] = []
    yield made
    for child in made:
        child.close(force=True)


@pytest.fixture
def spawn(work: Path, terminals: list[Any]) -> Any:
    def call(*args: str, scenario: str = "running") -> Any:
        child = pexpect.spawn(
            sys.executable,
            ["-m", "tests.cli.answering", scenario, *args],
            cwd=work,
            encoding="utf-8",
            timeout=90,
            dimensions=(40, 100),
        )
        terminals.append(child)
        return child

    return call


def end(child: Any) -> tuple[int | None, str]:
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus, child.before


QUICK = ("--skip-dependency-validation", "--detach")


def test_unknown_keys_are_asked_about_and_enter_goes_on(spawn: Any) -> None:
    child = spawn("eval-set", "odd.yaml", *QUICK)
    child.expect_exact("Go on? [Y/n] ")
    child.send("\r")
    code, said = end(child)
    assert (code, "Started simple-abc" in said) == (0, True)


@pytest.mark.parametrize("answer", ["n\r", "x\rNo\r"])
def test_a_no_ends_with_2(spawn: Any, answer: str) -> None:
    child = spawn("eval-set", "odd.yaml", *QUICK)
    child.expect_exact("Go on? [Y/n] ")
    child.send(answer)
    code, said = end(child)
    assert (code, "Nothing was started." in said) == (2, True)
    assert "Started" not in said


def test_an_end_of_the_input_is_no_answer(spawn: Any) -> None:
    child = spawn("eval-set", "odd.yaml", *QUICK)
    child.expect_exact("Go on? [Y/n] ")
    child.sendeof()
    assert end(child)[0] == 130


def test_skip_confirm_asks_nothing(spawn: Any) -> None:
    code, said = end(spawn("eval-set", "odd.yaml", *QUICK, "--skip-confirm"))
    assert (code, "Go on?" in said, "epoch" in said) == (0, False, True)


def test_delete_asks_for_a_running_job_and_no_is_the_default(spawn: Any) -> None:
    child = spawn("delete", "simple-abc")
    child.expect_exact("[y/N] ")
    child.send("\r")
    code, said = end(child)
    assert (code, "[deleted]" in said) == (2, False)
    child = spawn("delete", "simple-abc")
    child.expect_exact("[y/N] ")
    child.send("y\r")
    code, said = end(child)
    assert (code, "[deleted]" in said) == (0, True)


def test_colours_are_for_terminals_that_want_them(spawn: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b[36mrunning\x1b[0m" in end(spawn("status", "simple-abc"))[1]
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in end(spawn("status", "simple-abc"))[1]


def test_ctrl_c_on_a_watch_leaves_the_job_running(spawn: Any) -> None:
    child = spawn("watch", "simple-abc")
    child.expect_exact("3/10")
    child.send("\x03")
    code, said = end(child)
    assert code == 130
    assert "asked to stop" not in said
    assert "hawk watch simple-abc" in said


def run_in_foreground(work: Path, scenario: str) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.cli.answering", scenario, "eval-set", "x.yaml", QUICK[0]],
        cwd=work,
        env=os.environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until(child, "running: 3/10")
    return child


def until(child: subprocess.Popen[str], text: str) -> None:
    assert child.stderr is not None
    for line in child.stderr:
        if text in line:
            return
    raise AssertionError(f"{text} was never said")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_stops_gracefully_and_ends_with_130(work: Path, number: int) -> None:
    child = run_in_foreground(work, "graceful")
    child.send_signal(number)
    until(child, '"now":false')
    out, _ = child.communicate(timeout=90)
    assert child.returncode == 130
    assert "simple-abc stopped" in out


def test_two_signals_stop_at_once(work: Path) -> None:
    child = run_in_foreground(work, "stubborn")
    child.send_signal(signal.SIGINT)
    until(child, '"now":false')
    child.send_signal(signal.SIGINT)
    until(child, '"now":true')
    child.communicate(timeout=90)
    assert child.returncode == 130


def test_a_reader_that_leaves_is_no_error(work: Path) -> None:
    command = (
        f"{sys.executable} -m tests.cli.answering running status simple-abc | true; echo ${{PIPESTATUS[0]}}"
    )
    done = subprocess.run(
        ["bash", "-c", command], cwd=work, capture_output=True, text=True, timeout=60, check=False
    )
    assert "Error" not in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout.strip() == "0"
