from __future__ import annotations

import os
import re
import signal
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hawk.backends.execution.local.supervisor.screen import ScreenModes
from hawk.backends.execution.protocol import TerminalSize
from tests.backends.execution.local.harness import Local, until

ROOT = Path(__file__).parents[4]
SIZE = TerminalSize(rows=24, columns=80)


class Screen:
    """A terminal with a command on it that relays a run, as the CLI does."""

    def __init__(self, folder: Path, launch: int = 1) -> None:
        self.child = pexpect.spawn(
            sys.executable,
            ["-m", "tests.backends.execution.local.relaying", str(folder), str(launch)],
            cwd=ROOT,
            dimensions=(30, 100),
            timeout=60,
        )
        self.before = termios.tcgetattr(self.child.child_fd)

    def shows(self, text: str) -> None:
        self.child.expect_exact(text)

    def is_as_it_was(self) -> bool:
        return termios.tcgetattr(self.child.child_fd) == self.before


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Local]:
    # Longer than an address of a socket may be.
    made = Local(tmp_path / ("long-" * 20) / "home")
    yield made
    made.end_all()


def test_a_run_in_the_foreground(local: Local) -> None:
    local.launch(terminal=SIZE, hold=True, print=["early"])
    local.left("started-1")
    screen = Screen(local.folder())
    screen.shows("early")
    screen.shows("size 30x100")
    screen.child.send("hello\r")
    screen.shows("got hello")
    screen.child.setwinsize(40, 120)
    screen.shows("size 40x120")
    (local.folder() / "go").touch()
    screen.shows("[relay is over]")
    screen.child.expect(pexpect.EOF)
    assert local.wait().state == "succeeded"
    assert [line.text for line in local.log()] == ["a plain line"]
    assert not (local.folder() / "terminal.sock").exists()


def test_ctrl_c_is_hawks_and_not_the_runners(local: Local) -> None:
    local.launch(terminal=SIZE, hold=True)
    screen = Screen(local.folder())
    screen.shows("size 30x100")
    screen.child.send("\x03\x1a\x1cabc\r")
    screen.shows("[interrupt 1]")
    screen.shows("got abc")
    assert local.state() == "running"
    screen.child.send("\x03")
    screen.shows("[interrupt 2]")
    screen.shows("[relay is over]")
    assert local.wait().state == "succeeded"


def test_an_error_on_an_interrupt_puts_the_terminal_back(local: Local) -> None:
    local.launch(terminal=SIZE, hold=True, raw=True, stubborn=True)
    (local.folder() / "go").unlink(missing_ok=True)
    screen = Screen(local.folder())
    screen.shows("\x1b[?25l")
    screen.child.send("\x03\x03\x03")
    screen.shows("\x1b[?25h\x1b[?1049l")
    screen.shows("LookupError: third time")
    assert screen.is_as_it_was()


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGHUP])
def test_a_command_told_to_end_leaves_terminal_and_run_in_order(local: Local, signum: int) -> None:
    local.launch(terminal=SIZE, hold=True, raw=True)
    screen = Screen(local.folder())
    screen.shows("\x1b[?25l")
    until(lambda: not screen.is_as_it_was())
    screen.child.kill(signum)
    screen.shows("\x1b[?25h\x1b[?1049l")
    until(screen.is_as_it_was)
    screen.child.expect(pexpect.EOF)
    screen.child.wait()
    assert screen.child.signalstatus == signum
    assert local.state() == "running"


def test_a_dead_command_leaves_the_run_and_another_shows_it(local: Local) -> None:
    local.launch(terminal=SIZE, hold=True)
    first = Screen(local.folder())
    first.shows("size 30x100")
    first.child.kill(signal.SIGKILL)
    first.child.wait()
    second = Screen(local.folder())
    second.shows("size 30x100")
    second.child.send("back\r")
    second.shows("got back")
    (local.folder() / "go").touch()
    second.shows("[relay is over]")
    assert local.wait().state == "succeeded"


def test_the_terminal_stays_over_a_restart_and_is_made_new(local: Local) -> None:
    local.launch(terminal=SIZE, hold=True, raw=True)
    screen = Screen(local.folder())
    screen.shows("\x1b[?25l")
    local.runner().kill()
    screen.shows("hawk: attempt 1 ended: killed by SIGKILL; attempt 2 starts in 0.5 s\r\n")
    screen.shows("\x1b[?25h\x1b[?1049l")
    screen.shows("size 30x100\r\n")
    (local.folder() / "go").touch()
    screen.shows("[relay is over]")
    assert local.wait().state == "succeeded"


def test_a_crash_on_a_terminal_leaves_its_last_words_in_the_log(local: Local) -> None:
    local.launch(
        terminal=SIZE,
        ends=[3],
        max_restarts=0,
        print=["\x1b[31mTraceback:\x1b[0m {KEY}"],
        secrets={"KEY": "s3cret"},
    )
    assert local.wait().state == "failed"
    assert [line.text for line in local.log()] == ["a plain line", "Traceback: ***", "size 24x80"]


def test_more_output_than_a_client_reads_hinders_nothing(local: Local) -> None:
    local.launch(terminal=SIZE, hold=True, print=["x" * 1000] * 3000)
    local.wait(states={"running"})
    screen = Screen(local.folder())
    screen.shows("size 30x100")
    os.kill(screen.child.pid, signal.SIGSTOP)
    (local.folder() / "go").touch()
    assert local.wait().state == "succeeded"
    screen.child.kill(signal.SIGKILL)


def test_a_launch_that_is_over_shows_nothing(local: Local) -> None:
    local.launch(terminal=SIZE)
    local.wait()
    until(local.is_quiet)
    for launch in (1, 2):
        Screen(local.folder(), launch).shows("[relay is over]")


def test_without_a_terminal_there_is_nothing_to_relay(local: Local) -> None:
    local.launch(hold=True)
    Screen(local.folder()).shows("[relay is over]")


MODE = re.compile(rb"\x1b\[\?(\d+)([hl])")
DEFAULT = {7: b"h", 25: b"h"}


@given(
    st.lists(st.tuples(st.sampled_from([7, 25, 1000, 1006, 1049, 2004]), st.sampled_from("hl"))),
    st.integers(1, 9),
)
def test_the_screen_is_as_it_was(modes: list[tuple[int, str]], size: int) -> None:
    data = b"".join(b"text \x1b[1m\x1b[?%d%s" % (mode, letter.encode()) for mode, letter in modes)
    screen = ScreenModes()
    for at in range(0, len(data), size):
        screen.feed(data[at : at + size])
    final = {int(mode): letter for mode, letter in MODE.findall(data + screen.restore())}
    assert all(letter == DEFAULT.get(mode, b"l") for mode, letter in final.items())
    unchanged = {mode for mode, letter in MODE.findall(data)}
    assert {mode for mode, _ in MODE.findall(screen.restore())} <= unchanged


def test_keyboard_modes_are_taken_back() -> None:
    screen = ScreenModes()
    screen.feed(b"\x1b[>1u\x1b[?1000;1006h")
    assert ScreenModes().restore() == b""
    assert screen.restore() == b"\x1b[<u\x1b[?1000l\x1b[?1006l\x1b[0m"
