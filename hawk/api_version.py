"""The versions of the API that this Hawk speaks, and how a server tells them with each answer."""

from __future__ import annotations

import re

import msgspec

from hawk import __version__

API_VERSION = 1
"""The API that this Hawk speaks, as a client and as a server. It grows where an older side would go wrong."""

OLDEST_API = 1
"""The oldest API of a client that this Hawk, as a server, still understands."""

HEADER = "Hawk-API"
"""On each answer of a server: ``OLDEST-NEWEST RELEASE``."""

TOLD = f"{OLDEST_API}-{API_VERSION} {__version__}"
"""What this Hawk tells as a server."""

_TOLD = re.compile(r"(\d{1,6})-(\d{1,6}) (\S{1,50})\Z")


class Spoken(msgspec.Struct, frozen=True):
    """What a server speaks: the APIs from ``oldest`` to ``newest``, and its release."""

    oldest: int
    newest: int
    release: str


def spoken(header: str | None) -> Spoken | None:
    """What a server's header says; None where it isn't one of Hawk's."""
    found = _TOLD.match(header or "")
    return Spoken(int(found[1]), int(found[2]), found[3]) if found else None
