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
    text = json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
