"""Looking at a job again and again, through restarts of the server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import TypeVar

from hawk.cli.output import say
from hawk.cli.session import JobSession
from hawk.errors import Unavailable
from hawk.jobs.states import TERMINAL
from hawk.jobs.types import JobDetail

HERE_SECONDS = 0.3
AWAY_SECONDS = 2.0
PATIENCE = 600.0
"""Seconds for which a server may be away before a command that follows a job gives up."""

T = TypeVar("T")


def pace(session: JobSession) -> float:
    """Seconds between two looks: looking is cheap on this machine, a request elsewhere."""
    return AWAY_SECONDS if session.url else HERE_SECONDS


async def until_ended(session: JobSession, look: Callable[[JobDetail], object] = lambda _: None) -> JobDetail:
    """Wait for the job's end, and give ``look`` the job as it is each time; the last one is its end."""
    while True:
        job = await patiently(lambda: session.client.job(session.job_id))
        look(job)
        if job.status in TERMINAL:
            return job
        await asyncio.sleep(pace(session))


async def patiently(ask: Callable[[], Awaitable[T]]) -> T:
    """Ask until there is an answer, for at most :data:`PATIENCE`; says that it waits, and when it's over."""
    deadline: float | None = None
    while True:
        try:
            answer = await ask()
        except Unavailable as error:
            now = asyncio.get_running_loop().time()
            if deadline is None:
                deadline = now + PATIENCE
                say(f"{error.message} Trying again; the job goes on meanwhile.")
            if now > deadline:
                raise
            await asyncio.sleep(AWAY_SECONDS)
        else:
            if deadline is not None:
                say("There is an answer again.")
            return answer


@contextmanager
def left_running(session: JobSession, command: str) -> Generator[None]:
    """Around waiting for a job: Ctrl-C ends the command, which says how to come back, and not the job."""
    try:
        yield
    except asyncio.CancelledError:
        say(f"\n{session.job_id} keeps running {session.where}. Come back with: {command} {session.job_id}")
        raise
