"""Asking a server for something until an answer comes: for what may be asked twice without harm."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from hawk.cli.output import say
from hawk.cli.session import Session
from hawk.errors import NoAnswer, NotFound, Unavailable

PATIENCE = 120.0
"""Seconds for which a change is asked for again: a server that restarts is back long before."""

PAUSE = 1.0

T = TypeVar("T")


async def insist(session: Session, ask: Callable[[], Awaitable[T]]) -> T:
    """The answer to a request that means the same however often it is sent.

    Where no answer comes it is sent again for :data:`PATIENCE`; a server that says what it lacks is
    asked once more. On this machine it is sent once: there every answer is the last word.
    """
    if session.url is None:
        return await ask()
    deadline: float | None = None
    while True:
        try:
            return await ask()
        except NoAnswer as error:
            now = asyncio.get_running_loop().time()
            if deadline is None:
                deadline = now + PATIENCE
                say(f"{error.message} Asking again; it is done once, however often it is asked.")
            if now > deadline:
                raise
            await asyncio.sleep(PAUSE)
        except Unavailable:
            await asyncio.sleep(PAUSE)
            return await ask()


async def insist_on_absence(session: Session, ask: Callable[[], Awaitable[None]]) -> None:
    """The same for a deletion. Where an answer got lost, what is not there any more was deleted."""
    lost = False

    async def once() -> None:
        nonlocal lost
        try:
            await ask()
        except NoAnswer:
            lost = True
            raise
        except NotFound:
            if not lost:
                raise

    await insist(session, once)
