"""Processes of this machine by identity: a pid together with its start, for pids are used again."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
LINUX = sys.platform == "linux"
_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True, slots=True)
class Process:
    """One process. ``start`` tells two with the same pid apart; its form is the system's own."""

    pid: int
    start: str
    parent: int
    group: int
    session: int
    state: str

    @property
    def running(self) -> bool:
        """Whether it still can do something: a zombie can't."""
        return self.state not in {"Z", "X"}


def find(pid: int) -> Process | None:
    """The process that has this pid now."""
    if LINUX:
        return _of_proc(pid)
    return next(iter(_of_ps("-p", str(pid))), None)


def recorded(pid: int, start: str, boot: str) -> Process | None:
    """The process that a record tells of; None where it is gone, and its pid may be another's."""
    process = find(pid)
    return process if process and process.start == start and boot == boot_id() else None


def is_running(pid: int, start: str) -> bool:
    """Whether just this process is alive: the same pid and the same start."""
    process = find(pid)
    return process is not None and process.start == start and process.running


def running() -> dict[int, Process]:
    """All processes of this machine that are more than zombies, by pid."""
    found = _all_of_proc() if LINUX else _of_ps("-ax")
    return {process.pid: process for process in found if process.running}


def has_variable(pid: int, entry: bytes) -> bool:
    """Whether a process was started with ``NAME=value`` in its environment, where that can be seen."""
    try:
        return entry in (PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return False


def send(process: Process, signum: int) -> None:
    """Signal just this process, never another that got its pid since."""
    try:
        if hasattr(os, "pidfd_open"):
            _send_by_descriptor(process, signum)
        elif is_running(process.pid, process.start):
            os.kill(process.pid, signum)
    except (ProcessLookupError, PermissionError):
        return


def boot_id() -> str:
    """What names this start of the machine; empty where the system doesn't tell."""
    if not LINUX:
        command = ["/usr/sbin/sysctl", "-n", "kern.boottime"]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    try:
        return (PROC / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def adopt_orphans() -> None:
    """Become the parent of whatever a descendant leaves behind (Linux; nothing elsewhere)."""
    if LINUX:
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _send_by_descriptor(process: Process, signum: int) -> None:
    # The descriptor stands for whoever has the pid now; once its start is seen to be the one that
    # is meant, the signal can't reach another.
    fd = os.pidfd_open(process.pid)
    try:
        if is_running(process.pid, process.start):
            signal.pidfd_send_signal(fd, signum)
    finally:
        os.close(fd)


def _all_of_proc() -> list[Process]:
    found = (_of_proc(int(name)) for name in os.listdir(PROC) if name.isdigit())  # noqa: PTH208
    return [process for process in found if process is not None]


def _of_proc(pid: int) -> Process | None:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123
            text = file.read()
    except OSError:
        return None
    # The name in parentheses may hold anything, parentheses and blanks too.
    fields = text[text.rfind(b")") + 2 :].decode("ascii", "replace").split()
    if len(fields) < 20:
        return None
    return Process(pid, fields[19], int(fields[1]), int(fields[2]), int(fields[3]), fields[0])


def _of_ps(*which: str) -> list[Process]:
    command = ["/bin/ps", *which, "-o", "pid=,ppid=,pgid=,stat=,lstart="]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    rows = [line.split(None, 4) for line in done.stdout.splitlines()]
    return [_of_row(row) for row in rows if len(row) == 5]


def _of_row(row: list[str]) -> Process:
    pid, parent, group, state, start = row
    return Process(int(pid), start.strip(), int(parent), int(group), int(group), state[0])
