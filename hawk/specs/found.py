"""What was found, in words."""

from __future__ import annotations

import json

from hawk.specs.part import Json

_LONGEST = 60


def found(value: Json) -> str:
    """A value as a reader of the text would name it, on one line and not a long one."""
    if isinstance(value, dict):
        return "a map"
    if isinstance(value, list):
        return "a list"
    text = quoted(value) if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def quoted(text: str) -> str:
    """A JSON string in which nothing can steer a terminal."""
    plain = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() or ord(c) > 0xFFFF else f"\\u{ord(c):04x}" for c in plain)
