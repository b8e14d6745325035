"""How far an import of many logs is, on stderr."""

from __future__ import annotations

import sys
import time

from hawk.cli.output import is_terminal, say

_ON_TERMINAL, _ELSEWHERE = 1.0, 10.0
"""Seconds between two lines."""


class LogProgress:
    """Says now and then how many logs are done."""

    def __init__(self, verb: str) -> None:
        self._verb = verb
        self._every = _ON_TERMINAL if is_terminal(sys.stderr) else _ELSEWHERE
        self._said = time.monotonic()

    def __call__(self, done: int, known: int) -> None:
        """So many logs are done, of so many."""
        now = time.monotonic()
        if now - self._said >= self._every:
            self._said = now
            say(f"{self._verb} {done} of {known} logs.")
