"""Runs whole commands, some number of times, in turns, and says what they cost."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

BIN = Path(sys.executable).parent
ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Cost:
    """Wall seconds and the peak resident bytes of the process itself."""

    seconds: float
    peak: int


@dataclass(frozen=True)
class Costs:
    """The costs of one command over several runs."""

    runs: tuple[Cost, ...]

    @property
    def seconds(self) -> float:
        """The median wall time."""
        return statistics.median(run.seconds for run in self.runs)

    @property
    def peak(self) -> int:
        """The largest peak of memory."""
        return max(run.peak for run in self.runs)


def run(command: Sequence[str], env: Mapping[str, str], cwd: Path = ROOT) -> Cost:
    """Run a command once; its output goes nowhere. Raises where it fails."""
    started = time.perf_counter()
    child = subprocess.Popen(
        command,
        env=dict(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - started
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        tail = child.stderr.read().decode()[-2000:] if child.stderr else ""
        raise SystemExit(f"{' '.join(command)} ended with {child.returncode}:\n{tail}")
    return Cost(seconds, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024))


def in_turns(commands: Mapping[str, Sequence[str]], env: Mapping[str, str], runs: int) -> dict[str, Costs]:
    """Run the commands in turns, so that a slow moment of the machine hits all of them alike."""
    for command in commands.values():
        run(command, env)
    measured: dict[str, list[Cost]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            measured[name].append(run(command, env))
    return {name: Costs(tuple(costs)) for name, costs in measured.items()}


def environment(home: Path) -> dict[str, str]:
    """An environment with a Hawk of its own, and with bytecode as an installation has it."""
    left_out = ("PYTHONDONTWRITEBYTECODE", "HAWK_")
    env = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    return env | {
        "HAWK_HOME": str(home / "data"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_DATA_HOME": str(home / "share"),
        "NO_COLOR": "1",
    }


def row(*cells: str) -> None:
    """Print one row of a figures' table."""
    print("| " + " | ".join(cells) + " |")
