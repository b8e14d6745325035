"""Opens a client: to a server by HTTP, or to the same app inside this process."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from logging.handlers import RotatingFileHandler
from typing import Any, cast

import httpx

from hawk import __version__
from hawk.backends.execution.protocol import ExecutionBackend
from hawk.client.client import HawkClient
from hawk.client.credentials import WithCredentials
from hawk.client.secrecy import is_loopback
from hawk.client.transport import RemoteClient
from hawk.errors import Unavailable, UsageFault
from hawk.settings import Settings

HERE = "local"
"""What ``--server local`` says: this machine, whatever the settings name."""

FAULTS = "hawk.log"
"""In Hawk's home: what the app says to its operator when it runs inside a command."""

TIMEOUT = httpx.Timeout(60, connect=10)
IN_PROCESS = httpx.Timeout(3600)


@asynccontextmanager
async def connect(
    settings: Settings,
    server: str | None = None,
    backend: str | None = None,
    backends: Mapping[str, ExecutionBackend] | None = None,
) -> AsyncGenerator[HawkClient]:
    """The client of ``server``, else of the settings' server, else of this machine.

    A local ``backend`` without a server named beside it also means this machine, as does
    ``server="local"``; there ``backends`` are used instead of what is plugged in. Raises
    Unavailable where the server's libraries are needed and missing.
    """
    url = remote_url(settings, server, backend)
    transport = _remote(settings, url) if url else _embedded(settings, backends)
    async with transport as http:
        yield HawkClient(http)


def remote_url(settings: Settings, server: str | None, backend: str | None) -> str | None:
    """The URL of the server that is meant, None for this machine."""
    if server == HERE or (server is None and backend in {"local", "docker"}):
        return None
    return (server or settings.server or "").rstrip("/") or None


@asynccontextmanager
async def _remote(settings: Settings, url: str) -> AsyncGenerator[httpx.AsyncClient]:
    from hawk.client.login.source import credentials_for

    headers = {"User-Agent": f"hawk/{__version__}"}
    encrypted = url.startswith("https:")
    if "@" in url.partition("://")[2].partition("/")[0]:
        raise UsageFault("A server's URL has no user and no password.", fix="Log in with: hawk login")
    try:
        auth = WithCredentials(url, credentials_for(settings, url, os.environ))
        # Certificates take a while to load, which is of no use to who doesn't need them.
        client = RemoteClient(
            url, timeout=TIMEOUT, headers=headers, auth=auth, verify=encrypted, mounts=_no_proxy(url)
        )
    except httpx.InvalidURL as error:
        raise UsageFault(
            f"{url!r} is not the URL of a server: {error}.", fix="Check HAWK_API_URL."
        ) from error
    async with client as http:
        yield http


def _no_proxy(url: str) -> Mapping[str, None]:
    """No proxy leads to this machine, whatever the environment names for the way to others."""
    return dict.fromkeys(("http://", "https://", "all://")) if is_loopback(url) else {}


@asynccontextmanager
async def _embedded(
    settings: Settings, backends: Mapping[str, ExecutionBackend] | None
) -> AsyncGenerator[httpx.AsyncClient]:
    with server_part():
        from hawk.server.app import embedded_app
    async with _log_of_faults(settings), embedded_app(settings, backends) as app:
        transport = httpx.ASGITransport(app=cast("Any", app), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://hawk", timeout=IN_PROCESS) as http:
            yield http


@contextmanager
def server_part() -> Generator[None]:
    """Around imports of what only the server part installs. Raises Unavailable where it is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise Unavailable(
            f"Running on this machine needs Hawk's server part ({error.name} is missing).",
            fix="Install it with: uv pip install 'hawk[server]'",
        ) from error


@asynccontextmanager
async def _log_of_faults(settings: Settings) -> AsyncGenerator[None]:
    """The app logs for an operator: here that is a file, and a command's user gets errors as answers."""
    handler = RotatingFileHandler(
        settings.home / FAULTS, maxBytes=1_000_000, backupCount=1, delay=True, encoding="utf-8"
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logger = logging.getLogger("hawk")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        handler.close()
