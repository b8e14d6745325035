"""Secrets don't reach a log: their values are written as ``***``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

HIDDEN = b"***"
SHORTEST = 4
"""A shorter value is no secret, and hiding it would make logs unreadable."""

_PLAIN_WORDS = frozenset(
    {"true", "false", "none", "null", "info", "debug", "warning", "error", "test", "auto"}
)


class Mask:
    """Hides values of secrets in bytes. ``longest`` is the length of the longest form it knows."""

    def __init__(self, values: Iterable[str]) -> None:
        forms = sorted({form.encode() for value in values for form in _forms(value)}, key=len, reverse=True)
        self.longest = len(forms[0]) if forms else 0
        self._pattern = re.compile(b"|".join(map(re.escape, forms))) if forms else None

    def hide(self, text: bytes) -> bytes:
        """The text without any of the values."""
        return self._pattern.sub(HIDDEN, text) if self._pattern else text


def _forms(value: str) -> set[str]:
    # A value of several lines (a key file) is seen a line at a time, and programs that log data
    # write it as a JSON or Python string, of which what stands around it chooses the quotes.
    escaped = {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    escaped |= {repr(value)[1:-1], repr(f"{value}'\"")[1:-4]}
    lines = {line.strip() for line in value.splitlines() if len(line.strip()) >= 8}
    return {form for form in {value, value.strip()} | escaped | lines if is_secret(form)}


def is_secret(form: str) -> bool:
    """Whether a value is worth hiding: not one so short or plain that logs would lose their sense."""
    return len(form) >= SHORTEST and form.lower() not in _PLAIN_WORDS
