"""Imports that take longer than a command may: in a process of their own, one at a time."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


def start_import(database: Path, evals: str) -> None:
    """Start a process that imports all there is, unless one is at it already, and don't wait for it."""
    with turn(database) as mine:
        if not mine:
            return
    subprocess.Popen(
        [sys.executable, "-P", "-m", "hawk.importers", str(database), evals],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd=database.parent,
    )


@contextmanager
def turn(database: Path) -> Generator[bool]:
    """Whether it is this process's turn; no other gets it meanwhile."""
    with database.with_name(f"{database.name}.import.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
