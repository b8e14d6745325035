"""Takes secrets out of what is logged: those of the process, those of a request, and what looks like one."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from contextvars import ContextVar

from hawk.packages.redaction import redact

MASK = "****"

_SHORTEST = 6
"""Shorter values are words of the log as well, and no secrets to speak of."""

_SECRET_NAME = re.compile(r"(?:SECRET|TOKEN|PASSWORD|PASSWD|KEY|CREDENTIALS?)\Z", re.IGNORECASE)
_BEARER = re.compile(r"\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE)
_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")

_of_process: list[str] = []
_of_request: ContextVar[tuple[str, ...]] = ContextVar("secrets_of_request", default=())


def mask_environment() -> None:
    """From now on mask the values of this process's variables that are named as secrets are."""
    found = {value for name, value in os.environ.items() if _SECRET_NAME.search(name)}
    _of_process[:] = _worth_masking(found)


def mask_here(values: Iterable[str]) -> None:
    """Mask these values in what is logged from here on for the same request."""
    _of_request.set(tuple(_worth_masking((*_of_request.get(), *values))))


def masked(text: str) -> str:
    """The text without secrets, passwords in URLs and terminal codes."""
    for secret in (*_of_request.get(), *_of_process):
        if secret in text:
            text = text.replace(secret, MASK)
    text = _BEARER.sub(rf"\1 {MASK}", text)
    return redact(_JWT.sub(MASK, text))


def _worth_masking(values: Iterable[str]) -> list[str]:
    """Longest first, so that one which is part of another leaves nothing of it."""
    return sorted({one for one in values if len(one) >= _SHORTEST}, key=len, reverse=True)
