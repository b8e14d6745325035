"""Base64 as tokens and URLs write it (RFC 4648, section 5, without padding)."""

from __future__ import annotations

import base64


def base64url(data: bytes) -> str:
    """Bytes as text."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """Text as bytes. Raises ValueError for what is none."""
    return base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))
