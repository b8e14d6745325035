"""From where the API may be used: the names that the server goes by, and the web pages that may ask."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from hawk.errors import Forbidden, HawkError

Headers = list[tuple[bytes, bytes]]

_METHODS = b"GET, POST, PUT, PATCH, DELETE"
_REQUEST_HEADERS = b"Authorization, Content-Type, If-Match, Range, X-Request-ID, X-CSRF-Token"
_TOLD_HEADERS = b"X-Request-ID, ETag, Content-Range, Content-Disposition, Retry-After"
_PREFLIGHT_SECONDS = b"600"


class Callers(msgspec.Struct, frozen=True):
    """The rule of a server. ``hosts`` are its names, whatever the port; None: any.

    ``origins`` are the pages of elsewhere that may ask. The server's own always may.
    """

    hosts: frozenset[str] | None
    origins: frozenset[str]

    def refusal(self, headers: Mapping[bytes, bytes]) -> HawkError | None:
        """Why a request isn't answered: another's name leads here, or another's page asks.

        Without the first, a page whose name was made to lead here would be of the same origin.
        """
        host = headers.get(b"host", b"").decode("latin-1").lower()
        if self.hosts is not None and _name(host) not in self.hosts:
            return Forbidden(
                f"This server does not go by the name {host!r}.",
                fix="Use the address that it printed at its start, or add the name to [serve] allowed_hosts.",
            )
        origin = headers.get(b"origin", b"").decode("latin-1").lower()
        # A proxy in front may speak TLS, and not be one that is believed: the own page's scheme is not known.
        if not origin or origin in self.origins or origin in {f"https://{host}", f"http://{host}"}:
            return None
        return Forbidden(
            f"Pages of {origin!r} may not use this server.",
            fix="Its operator can allow them: [serve] cors_origins in hawk.toml.",
        )

    def may_read(self, headers: Mapping[bytes, bytes]) -> Headers:
        """The headers that let a browser give an answer to the page that asked."""
        origin = headers.get(b"origin")
        if origin is None or origin.decode("latin-1").lower() not in self.origins:
            return []
        return [
            (b"access-control-allow-origin", origin),
            (b"access-control-expose-headers", _TOLD_HEADERS),
            (b"vary", b"Origin"),
        ]

    def preflight(self, method: str, headers: Mapping[bytes, bytes]) -> Headers | None:
        """The answer to a browser that asks whether a page may ask; None where it doesn't."""
        if method != "OPTIONS" or b"access-control-request-method" not in headers:
            return None
        return [
            *self.may_read(headers),
            (b"access-control-allow-methods", _METHODS),
            (b"access-control-allow-headers", _REQUEST_HEADERS),
            (b"access-control-max-age", _PREFLIGHT_SECONDS),
        ]


LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
"""What a server is called that only this machine reaches."""


def _name(host: str) -> str:
    """A Host without its port."""
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]
