"""Headers of every answer: its id, and what browsers must not do with it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping

Headers = list[tuple[bytes, bytes]]

_ID = re.compile(rb"[A-Za-z0-9._:/+=-]{1,128}\Z")
_SECURITY: Headers = [
    (
        b"content-security-policy",
        b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
]
_HSTS = (b"strict-transport-security", b"max-age=31536000")


def id_of(headers: Mapping[bytes, bytes]) -> str:
    """The id that a request came with, where it is one; else a new one."""
    given = headers.get(b"x-request-id", b"")
    return given.decode("ascii") if _ID.match(given) else uuid.uuid4().hex


def with_security(headers: Headers, scheme: str) -> Headers:
    """The headers of an answer, with those that protect it where it doesn't say otherwise itself."""
    said = {name.lower() for name, _ in headers}
    added = [one for one in _SECURITY if one[0] not in said]
    return [*headers, *added, _HSTS] if scheme == "https" else [*headers, *added]
