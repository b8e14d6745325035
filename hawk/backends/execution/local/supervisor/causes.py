"""Why a runner ended, in words."""

from __future__ import annotations

import signal
from pathlib import Path

NEVER_RESTARTED = frozenset({0, 1, 78})
"""The runner's own verdicts; every other end is a crash."""

OUT_OF_MEMORY = "out of memory"
_KILLED = frozenset({-signal.SIGKILL, 128 + signal.SIGKILL})


def cause_of(exit_code: int, *, out_of_memory: bool) -> str | None:
    """The cause of an end; None for success. ``out_of_memory``: the kernel's killer was at work."""
    if out_of_memory and exit_code in _KILLED:
        return OUT_OF_MEMORY
    if exit_code < 0:
        return f"killed by {_name_of(-exit_code)}"
    return f"exit code {exit_code}" if exit_code else None


def oom_kills(root: Path = Path("/")) -> int:
    """How often the kernel has killed for want of memory, as far as this machine and cgroup tell.

    It only serves to be compared with itself: it rises when somebody was killed.
    """
    return sum(_counter(path) for path in [root / "proc/vmstat", *_cgroup_files(root)])


def _cgroup_files(root: Path) -> list[Path]:
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return []
    files: list[Path] = []
    for _, controllers, path in (line.split(":", 2) for line in lines if line.count(":") >= 2):
        if not controllers:
            files.append(root / "sys/fs/cgroup" / path.lstrip("/") / "memory.events")
        elif "memory" in controllers.split(","):
            files.append(root / "sys/fs/cgroup/memory" / path.lstrip("/") / "memory.oom_control")
    return files


def _counter(path: Path) -> int:
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return 0
    words = [line.split() for line in lines]
    return sum(int(word[1]) for word in words if len(word) == 2 and word[0] == "oom_kill")


def _name_of(signum: int) -> str:
    try:
        return signal.Signals(signum).name
    except ValueError:
        return f"signal {signum}"
