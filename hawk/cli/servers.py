"""The server that a command is about, where this machine won't do."""

from __future__ import annotations

from hawk.client.connect import remote_url
from hawk.errors import UsageFault
from hawk.settings import Settings


def server_named(settings: Settings, server: str | None) -> str:
    """The URL of a server, that of the settings where none is given. Raises UsageFault without one."""
    url = remote_url(settings, server, None)
    if url is None:
        raise UsageFault(
            "No server is named, and this machine needs no login.",
            fix="Set HAWK_API_URL to the server's URL, or give --server URL.",
        )
    return url
