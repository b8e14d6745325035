"""The server as a process: it listens, answers, runs its worker, and ends in good order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import sys
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager

import msgspec
import uvicorn
import uvloop

from hawk.auth.own_token import OwnToken, keep_token, token_file
from hawk.operator_log.lines import FIELDS, Format, format_here, log_to_stderr
from hawk.plugins import execution_backends
from hawk.server.app import served_app
from hawk.server.authenticators import this_user
from hawk.server.front.front import Front
from hawk.server.listening import listen, require_loopback, url_of
from hawk.server.logins import has_logins, usable_backends
from hawk.server.protocol import PatientProtocol
from hawk.server.worker_child import WorkerChild, worker_beside
from hawk.settings import Settings

logger = logging.getLogger(__name__)

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Started(msgspec.Struct, frozen=True):
    """What a server tells its operator once it answers. ``token_file`` is None where it has logins."""

    url: str
    token: str | None
    token_file: str | None


def serve(settings: Settings, started: Callable[[Started], None]) -> int:
    """Answer requests until SIGTERM or SIGINT. Returns the exit code.

    ``started`` is called once it answers. Raises an error of the tree, with what to do, where it can't.
    """
    form = format_here(settings.log.format)
    log_to_stderr(form)
    # Not asyncio.run: at its end it waits for threads, and one may be at what was given up.
    return uvloop.new_event_loop().run_until_complete(_serve(settings, form, started))


async def _serve(settings: Settings, form: Format, started: Callable[[Started], None]) -> int:
    if not has_logins(settings):
        require_loopback(settings.serve.host)
    backends = usable_backends(settings, execution_backends(settings, inherit_environment=False))
    with contextlib.closing(listen(settings.serve.host, settings.serve.port)) as listener:
        own = None if has_logins(settings) else _own_token(settings, listener)
        worker = WorkerChild(form) if settings.serve.worker else None
        async with served_app(settings, own, worker, backends) as app, _beside(worker):
            server = _Server(config_of(settings, app), lambda: started(_told(settings, listener, own)))
            await server.serve(sockets=[listener])
    return 0


@asynccontextmanager
async def _beside(worker: WorkerChild | None) -> AsyncGenerator[None]:
    if worker is None:
        yield
        return
    async with worker_beside(worker):
        yield


class _Server(uvicorn.Server):
    """uvicorn's, with signals that end it as any other process of Hawk's, and a word when it answers."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._tell_started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        self._tell_started()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """End gracefully at the first signal, at once at the second."""
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self._told_to_end, number)
        try:
            yield
        finally:
            for number in _SIGNALS:
                loop.remove_signal_handler(number)

    def _told_to_end(self, number: signal.Signals) -> None:
        self.force_exit = self.should_exit
        self.should_exit = True
        logger.info("ending", extra={FIELDS: {"signal": signal.Signals(number).name}})


def config_of(settings: Settings, app: Front) -> uvicorn.Config:
    """How uvicorn serves an app of these settings."""
    mine = settings.serve
    return uvicorn.Config(
        app,
        http=PatientProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(mine.trusted_proxies),
        forwarded_allow_ips=list(mine.trusted_proxies),
        timeout_keep_alive=mine.keep_alive_seconds,
        timeout_graceful_shutdown=max(1, round(mine.grace_seconds)),
        limit_concurrency=mine.max_connections,
    )


def _own_token(settings: Settings, listener: socket.socket) -> OwnToken:
    port = listener.getsockname()[1]
    return OwnToken(this_user(), keep_token(settings.home, settings.serve.host, port))


def _told(settings: Settings, listener: socket.socket, own: OwnToken | None) -> Started:
    url, port = url_of(settings.serve.host, listener), listener.getsockname()[1]
    if own is None:
        return Started(url, None, None)
    path = str(token_file(settings.home, settings.serve.host, port))
    # A log is no place for it.
    return Started(url, own.token if sys.stderr.isatty() else None, path)
