"""Plain scalars by YAML 1.2's core schema: ``yes`` and ``2024-01-01`` are strings, ``0o17`` is 15."""

from __future__ import annotations

import re

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL = {
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_DECIMAL = re.compile(r"[-+]?[0-9]+\Z")
_OCTAL = re.compile(r"0o[0-7]+\Z")
_HEX = re.compile(r"0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_SPECIAL = re.compile(r"([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))\Z")
_MOST_DIGITS = 25


class NotJson(ValueError):
    """A number that JSON hasn't; the text says which and what to do."""


def resolve(text: str) -> bool | int | float | str | None:
    """The value of a scalar without quotes. Raises :class:`NotJson`."""
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    for pattern, base in ((_DECIMAL, 10), (_OCTAL, 8), (_HEX, 16)):
        if pattern.match(text):
            return _integer(text, base)
    if _FLOAT.match(text):
        return _real(text)
    if _SPECIAL.match(text):
        raise NotJson(f"expected a number, found {text}, which JSON hasn't (put it in quotes)")
    return text


def _integer(text: str, base: int) -> int:
    number = int(text, 0 if base != 10 else 10) if len(text) <= _MOST_DIGITS else None
    if number is None or not -(2**63) <= number < 2**64:
        raise NotJson("expected a number of at most 64 bits, found a larger one (put it in quotes)")
    return number


def _real(text: str) -> float:
    number = float(text)
    if number in {float("inf"), float("-inf")}:
        raise NotJson("expected a number of at most 64 bits, found a larger one (put it in quotes)")
    return number
