"""Keeps Inspect from calling a run a success that was cut short."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager

from inspect_ai._eval import evalset

_PRAISE = "Completed all tasks in "
"""How Inspect's last line begins where every log is one of a success, as those of a stopped run are."""


@contextmanager
def no_praise(cut_short: Callable[[], bool]) -> Generator[None]:
    """Where the run was ``cut_short``, Inspect's last line says that it was stopped."""
    plain = evalset.status_msg

    def status(msg: str) -> str:
        if msg.startswith(_PRAISE) and cut_short():
            return plain("Stopped; what was done is kept.")
        return plain(msg)

    evalset.status_msg = status
    try:
        yield
    finally:
        evalset.status_msg = plain
