"""Keeps Inspect from calling a run a success that was cut short."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager

from inspect_ai._eval import evalset

_PRAISE = "Completed all tasks in "
"""How Inspect's last line begins where every log is one of a success, as those of a stopped run are."""


@contextmanager
def no_praise(cut_short: Callable[[], bool]) -> Generator[None]:
    """Where the run was ``cut_short``, Inspect's last line says that it was stopped.

    The line comes from a name that Inspect keeps to itself: where that is gone, its praise stays.
    """
    plain: Callable[[str], str] | None = getattr(evalset, "status_msg", None)
    if plain is None:
        yield
        return

    def status(msg: str) -> str:
        praised = msg.startswith(_PRAISE) and cut_short()
        return plain("Stopped; what was done is kept." if praised else msg)

    evalset.status_msg = status
    try:
        yield
    finally:
        evalset.status_msg = plain
