"""Refresh tokens at rest: encrypted with what only the session's browser has (RFC 7516)."""

from __future__ import annotations

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from hawk.auth.web.cookies import key_of

_HOW = {"alg": "dir", "enc": "A256GCM"}


def seal(secret: str, text: str) -> str:
    """A text that only the holder of a session's secret can read."""
    return jwe.encrypt_compact(_HOW, text, OctKey.import_key(key_of(secret)))


def unseal(secret: str, sealed: str) -> str | None:
    """The text that was sealed; None where it can't be read."""
    key = OctKey.import_key(key_of(secret))
    try:
        plain = jwe.decrypt_compact(sealed, key, algorithms=list(_HOW.values())).plaintext
    except (JoseError, ValueError):
        return None
    return None if plain is None else plain.decode()
