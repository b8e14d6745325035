"""All that a job started: found by descent and by a mark in the environment, and ended.

A process group misses what called ``setsid``; descent misses what outlived its parent; the mark
misses what was given a clean environment. Together, with a supervisor that adopts orphans, they
miss only what does all three after the supervisor is gone.
"""

from __future__ import annotations

import hashlib
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import processes
from .processes import Process

MARK = "HAWK_JOB"
_PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class Tree:
    """Where to look: the ``mark`` (``NAME=value``), and roots (pid and start) whose descendants count."""

    mark: str
    roots: tuple[tuple[int, str], ...] = ()


def mark_of(folder: Path, installation: str, launch: int) -> str:
    """What is in the environment of every process of a launch.

    It ends with a hash of the job's folder: two homes may share an installation, and a job's id.
    """
    place = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    return f"{MARK}={installation}:{folder.name}:{launch}:{place}"


def members(tree: Tree) -> list[Process]:
    """The processes of a tree that run, without the one that asks."""
    table = processes.running()
    wanted = _descended(tree, table)
    # Nothing that could stand in another's environment: a torn record must not end strangers.
    entry = tree.mark.encode() if tree.mark.startswith(f"{MARK}=") else None
    return [
        process
        for process in table.values()
        if process.pid != os.getpid()
        and (process.pid in wanted or (entry and processes.has_variable(process.pid, entry)))
    ]


def end(tree: Tree, *, grace: float, between: Callable[[], None] = lambda: None) -> list[Process]:
    """Ask all to end (SIGTERM), end those left after ``grace`` seconds, until there are none.

    ``between`` is called in each round, to reap children. What could not be ended is returned:
    another user's process, or one that hangs in the kernel.
    """
    asked: set[tuple[int, str]] = set()
    start = time.monotonic()
    while True:
        between()
        left = members(tree)
        waited = time.monotonic() - start
        if not left or waited > grace + _PATIENCE:
            return left
        _signal(left, asked, kill=waited >= grace)
        time.sleep(min(0.02, 0.002 + waited / 10))


def _signal(left: list[Process], asked: set[tuple[int, str]], *, kill: bool) -> None:
    for process in left:
        if kill:
            processes.send(process, signal.SIGKILL)
        elif (process.pid, process.start) not in asked:
            asked.add((process.pid, process.start))
            processes.send(process, signal.SIGTERM)


def _descended(tree: Tree, table: dict[int, Process]) -> set[int]:
    roots = {pid for pid, start in tree.roots if pid in table and table[pid].start == start}
    found = set(roots)
    grown = True
    while grown:
        more = {p.pid for p in table.values() if p.parent in found or p.session in roots} - found
        grown = bool(more)
        found |= more
    return found
