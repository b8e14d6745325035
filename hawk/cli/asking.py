"""Questions: only where somebody can answer, so that nothing ever waits off a terminal."""

from __future__ import annotations

import sys

from hawk.errors import Interrupted


def can_ask() -> bool:
    """Whether there is a terminal to ask on and one to answer from."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def confirm(question: str, *, default: bool) -> bool:
    """Ask for yes or no; Enter means ``default``. Raises Interrupted where the input ends."""
    choices = "[Y/n]" if default else "[y/N]"
    while True:
        sys.stderr.write(f"{question} {choices} ")
        sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:
            raise Interrupted("Nobody answered.")
        answer = line.strip().lower()
        if answer in {"", "y", "yes", "n", "no"}:
            return default if not answer else answer.startswith("y")
