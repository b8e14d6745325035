"""JSON as the warehouse keeps it."""

from __future__ import annotations

import re

import msgspec

_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
REPLACEMENT = "\ufffd"
"""What stands for a NUL on PostgreSQL, whose texts can't hold one."""


def to_json(value: object) -> str:
    """The value as JSON."""
    return msgspec.json.encode(value).decode()


def to_json_without_nul(value: object) -> str:
    """The value as JSON that PostgreSQL takes."""
    text = to_json(value)
    return _NUL.sub(rf"\1{REPLACEMENT}", text) if r"\u0000" in text else text
