"""Signals while a run goes on.

Each context gives a function that takes the signals back: Inspect's control server takes them for itself
when it starts.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType
from typing import Protocol

from hawk.errors import EXIT_INTERRUPTED
from hawk.runner.family import end_at_once

TakeBack = Callable[[], None]


class Ask(Protocol):
    """Asks for a stop."""

    def __call__(self, *, score: bool, now: bool = False) -> None:
        """``score``: what is under way is scored as it is. ``now``: there is time for the logs alone."""
        ...


@contextmanager
def job_signals(ask: Ask, say: Callable[[str], None]) -> Generator[TakeBack]:
    """In a job SIGTERM stops the run at once; Ctrl-C is for whoever watches, and not for the run."""

    def on_terminate(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        say("Told to end (SIGTERM).")
        ask(score=False, now=True)

    with _handling({signal.SIGTERM: on_terminate, signal.SIGINT: signal.SIG_IGN}) as take_back:
        yield take_back


@contextmanager
def foreground_signals(ask: Ask, say: Callable[[str], None]) -> Generator[TakeBack]:
    """In the user's own process the first Ctrl-C stops the run, scoring what there is; the second ends it."""
    count = 0

    def on_interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        nonlocal count
        count += 1
        if count > 1:
            end_at_once(EXIT_INTERRUPTED)
        say("Stopping; what is under way is scored as it is. Ctrl-C again ends it at once.")
        ask(score=True)

    with _handling({signal.SIGINT: on_interrupt}) as take_back:
        yield take_back


_Handler = Callable[[int, FrameType | None], None] | signal.Handlers


@contextmanager
def _handling(handlers: dict[signal.Signals, _Handler]) -> Generator[TakeBack]:
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}

    def take_back() -> None:
        for number, handler in handlers.items():
            signal.signal(number, handler)

    try:
        yield take_back
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
