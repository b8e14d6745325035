"""Two sides that don't fit together: their releases, or their clocks."""

from __future__ import annotations

import time
from datetime import UTC
from email.utils import parsedate_to_datetime

import httpx

from hawk import __version__
from hawk.api_version import API_VERSION, HEADER, spoken
from hawk.client.strangers import address, not_hawks
from hawk.errors import HawkError, VersionSkew


def check_versions(answer: httpx.Response) -> None:
    """Raises VersionSkew where a server tells that it and this client don't understand each other."""
    server = spoken(answer.headers.get(HEADER))
    if server is None or server.oldest <= API_VERSION <= server.newest:
        return
    url = address(answer)
    if server.oldest > API_VERSION:
        raise VersionSkew(
            f"This Hawk ({__version__}) is too old for {url} ({server.release}).",
            fix=f"Install Hawk {server.release} on this machine.",
        )
    raise VersionSkew(
        f"{url} ({server.release}) is too old for this Hawk ({__version__}).",
        fix=f"Ask its operator to upgrade it, or install Hawk {server.release} on this machine.",
    )


def not_understood(answer: httpx.Response) -> HawkError:
    """The error to raise for a good answer of a shape that isn't known."""
    server = spoken(answer.headers.get(HEADER))
    if server is None:
        return not_hawks(answer)
    return VersionSkew(
        f"{address(answer)} ({server.release}) answers what this Hawk ({__version__}) can't read.",
        fix="Use the same release on both sides.",
    )


def clock_ahead(answer: httpx.Response, now: float | None = None) -> float | None:
    """Seconds by which this machine's clock is ahead of the server's; None where that tells no time."""
    try:
        theirs = parsedate_to_datetime(answer.headers.get("date", ""))
    except ValueError:
        return None
    if theirs.tzinfo is None:
        theirs = theirs.replace(tzinfo=UTC)
    return (time.time() if now is None else now) - theirs.timestamp()


def clocks_apart(seconds: float) -> str:
    """Where a clock is that is so far ahead: ``3 minutes behind the server's``."""
    minutes = abs(seconds) / 60
    span = f"{minutes:.0f} minutes" if minutes < 120 else f"{minutes / 60:.0f} hours"
    return f"{span} {'ahead of' if seconds > 0 else 'behind'} the server's"
