"""Whether a server will be able to check a token: it needs the provider's keys."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import httpx
import msgspec

from hawk.client.login.place import Endpoints, decode_answer, fetched
from hawk.errors import Unavailable


class _Keys(msgspec.Struct, frozen=True):
    keys: tuple[dict[str, Any], ...]


async def doubt_about(http: httpx.AsyncClient, endpoints: Endpoints, token: str) -> str | None:
    """Why a server may refuse a token that was just issued; None where nothing speaks against it."""
    header = _header_of(token)
    if header is None:
        return f"{endpoints.issuer} gave a token that only itself can read; a server needs a JWT"
    if endpoints.jwks_uri is None or "kid" not in header:
        return None
    try:
        found = decode_answer(await fetched(http, endpoints.jwks_uri), _Keys, endpoints.jwks_uri)
    except Unavailable as error:
        return error.message.rstrip(".")
    if any(key.get("kid") == header["kid"] for key in found.keys):
        return None
    return f"{endpoints.jwks_uri} has no key for the token"


def _header_of(token: str) -> dict[str, Any] | None:
    """The header of a JWT; None for what is none."""
    if token.count(".") != 2:
        return None
    try:
        head = base64.urlsafe_b64decode(token.partition(".")[0].encode() + b"==")
        return msgspec.json.decode(head, type=dict[str, Any])
    except (binascii.Error, ValueError, msgspec.DecodeError):
        return None
