"""Ctrl-C in the foreground: once stops the job gracefully, twice at once, a third time leaves it."""

from __future__ import annotations

import asyncio
import signal
import sys
from types import TracebackType

from hawk.cli.session import JobSession
from hawk.cli.submission.options import LaunchOptions
from hawk.errors import HawkError, Interrupted
from hawk.jobs.types import ServerInfo, Stop

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def stays(options: LaunchOptions, server: ServerInfo) -> bool:
    """Whether a job is run in the foreground: on this machine, unless the user wants it otherwise."""
    return server.embedded and not options.detach and not options.watch


class Interrupts:
    """Turns SIGINT and SIGTERM into wishes about the job, from before its submission until its end."""

    def __init__(self, *, active: bool) -> None:
        self.count = 0
        self.left = asyncio.Event()
        self._active = active
        self._session: JobSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @classmethod
    def of(cls, options: LaunchOptions, server: ServerInfo) -> Interrupts:
        """Interrupts of a foreground run; elsewhere Ctrl-C ends the command and nothing else."""
        return cls(active=stays(options, server))

    def __enter__(self) -> Interrupts:
        if self._active:
            loop = asyncio.get_running_loop()
            for number in _SIGNALS:
                loop.add_signal_handler(number, self._on_signal)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._active:
            for number in _SIGNALS:
                asyncio.get_running_loop().remove_signal_handler(number)

    async def attach(self, session: JobSession) -> None:
        """From now on there is a job to stop; a Ctrl-C that came before counts."""
        self._session = session
        if self.count:
            await self._act(self.count)

    async def on_interrupt(self, count: int) -> None:
        """The ``count``-th Ctrl-C, as the relay of a terminal tells of it."""
        self.count = count
        await self._act(count)
        if self.left.is_set():
            raise Interrupted("Left.")

    def _on_signal(self) -> None:
        self.count += 1
        task = asyncio.get_running_loop().create_task(self._act(self.count))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _act(self, count: int) -> None:
        session = self._session
        if session is None:
            return
        if count > 2:
            _say(f"Left {session.job_id} to itself. See it with: hawk status {session.job_id}")
            self.left.set()
            return
        if count == 1:
            _say(f"Stopping {session.job_id}: what is done is kept. Ctrl-C again ends it at once.")
        else:
            _say(f"Ending {session.job_id} now.")
        try:
            await session.client.stop(session.job_id, Stop(now=count > 1))
        except HawkError as error:
            _say(f"{error}")


def _say(text: str) -> None:
    """Say something on a terminal that may be raw, where a line end alone doesn't return to the left."""
    sys.stderr.write(f"\r\n{text}\r\n" if sys.stderr.isatty() else f"{text}\n")
    sys.stderr.flush()
