"""How a place in a config is written: ``tasks[0].items[2].name``; keys with other characters in quotes."""

from __future__ import annotations

import json
import re

from hawk.specs.found import quoted
from hawk.specs.part import Path

_PLAIN = re.compile(r"[\w\-/ ]+\Z")
_QUOTED = r'"(?:[^"\\\ud800-\udfff]|\\(?:["\\/bfnrt]|u(?![dD][89a-fA-F])[0-9a-fA-F]{4}))*"'
_SEGMENT = re.compile(
    rf"(?P<dot>\.)?(?:(?P<plain>[\w\-/ ]+)|(?P<quoted>{_QUOTED}))|\[(?P<index>[0-9]{{1,9}})\]"
)


def format_path(path: Path) -> str:
    """The text of a path; the empty text is the top level."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else ("." if text else "") + _key(part)
    return text


def parse_path(text: str) -> Path | None:
    """The path that a text names, None if it names none; the opposite of :func:`format_path`."""
    path, end = read_path(text)
    return path if path and end == len(text) else None


def read_path(text: str) -> tuple[Path, int]:
    """The longest path that ``text`` starts with, and where it ends."""
    path: list[str | int] = []
    end = 0
    while segment := _SEGMENT.match(text, end):
        if segment["index"] is None and bool(segment["dot"]) != bool(path):
            break
        path.append(_part(segment))
        end = segment.end()
    return tuple(path), end


def _key(key: str) -> str:
    return key if _PLAIN.match(key) else quoted(key)


def _part(segment: re.Match[str]) -> str | int:
    if segment["index"] is not None:
        return int(segment["index"])
    return (
        segment["plain"] if segment["plain"] is not None else str(json.loads(segment["quoted"], strict=False))
    )
