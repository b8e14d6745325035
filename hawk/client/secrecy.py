"""Where secrets and tokens may be sent: to this machine, or to another over TLS."""

from __future__ import annotations

from urllib.parse import urlsplit

from hawk import loopback


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this very machine, whatever a name server says."""
    return loopback.is_loopback(_host(url))


def keeps_secrets(url: str) -> bool:
    """Whether nobody on the way to a server can read what is sent there."""
    return url.lower().startswith("https://") or is_loopback(url)


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""
