"""The cookies of a browser, and what is made of the session's secret, which is nowhere but in one of them."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping

from litestar.datastructures import Cookie

from hawk.auth.oidc.encoding import base64url

SESSION, LOGIN, CSRF = "hawk_session", "hawk_login", "hawk_csrf"
_HOST = "__Host-"
"""A browser takes a cookie of this prefix from the host itself only, over TLS (RFC 6265bis)."""


def new_secret() -> str:
    """A secret that nobody guesses."""
    return secrets.token_urlsafe(32)


def cookie_name(name: str, *, secure: bool) -> str:
    """The name that a cookie has over TLS, or without it."""
    return f"{_HOST}{name}" if secure else name


def read_cookie(headers: Mapping[str, str], name: str) -> str | None:
    """A cookie's value, whether it was set over TLS or not; that of TLS wins."""
    pairs = (one.strip().partition("=") for one in headers.get("cookie", "").split(";"))
    found = {key: value for key, _, value in pairs}
    return found.get(cookie_name(name, secure=True)) or found.get(name) or None


def set_cookie(name: str, value: str, *, secure: bool, seconds: float, readable: bool = False) -> Cookie:
    """A cookie to set. ``readable``: pages' scripts may read it. No seconds: it is to be forgotten."""
    return Cookie(
        key=cookie_name(name, secure=secure),
        value=value,
        path="/",
        max_age=int(seconds),
        secure=secure,
        httponly=not readable,
        samesite="lax",
    )


def session_id(secret: str) -> str:
    """What a session's row is found by."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def csrf_of(secret: str) -> str:
    """What a session's pages repeat with each change."""
    return base64url(_derived(secret, "csrf"))


def key_of(secret: str) -> bytes:
    """What a session's refresh token is encrypted with."""
    return _derived(secret, "refresh")


def _derived(secret: str, purpose: str) -> bytes:
    return hmac.new(secret.encode("utf-8", "surrogateescape"), purpose.encode(), hashlib.sha256).digest()
