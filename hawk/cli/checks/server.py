"""Whether the server that commands talk to is there, fits, and knows who asks."""

from __future__ import annotations

from hawk import __version__
from hawk.cli.checks.check import Check
from hawk.cli.session import open_session
from hawk.client.client import HawkClient
from hawk.client.skew import clocks_apart
from hawk.errors import HawkError
from hawk.jobs.types import ServerInfo
from hawk.settings import Settings

_APART = 60.0
"""Seconds that clocks may be apart: tokens allow for about as much."""


async def check_server(settings: Settings) -> list[Check]:
    """Reachable, its release, the clock, the login; nothing where no server is set."""
    if settings.server is None:
        return []
    try:
        async with open_session() as session:
            info = await session.client.server()
            return [_release(settings.server, info), _clock(session.client), await _login(session.client)]
    except HawkError as error:
        return [Check("server", "fail", error.message, error.fix)]


def _release(url: str, info: ServerInfo) -> Check:
    if info.version == __version__:
        return Check("server", "ok", f"{url} answers: Hawk {info.version}")
    found = f"{url} answers: Hawk {info.version}, and this one is {__version__}"
    return Check(
        "server", "ok", found, "They understand each other; the same release on both sides is safest."
    )


def _clock(client: HawkClient) -> Check:
    ahead = client.clock_ahead
    if ahead is None:
        return Check("clock", "warn", "the server does not tell its time")
    if abs(ahead) <= _APART:
        return Check("clock", "ok", "as the server's")
    found = f"this machine's is {clocks_apart(ahead)}"
    return Check("clock", "warn", found, "Set the one that is wrong: logins depend on it.")


async def _login(client: HawkClient) -> Check:
    try:
        await client.jobs(limit=1)
    except HawkError as error:
        return Check("login", "fail", error.message, error.fix)
    return Check("login", "ok", "the server takes who asks")
