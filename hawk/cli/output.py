"""Data goes to stdout, talk to stderr, and nothing reaches a terminal that could drive it."""

from __future__ import annotations

import os
import re
import sys
from typing import Any, TextIO

import msgspec

from hawk.cli.text import clean, escape_controls

_CODES = {"red": "31", "green": "32", "yellow": "33", "cyan": "36", "dim": "2", "bold": "1"}


def show(text: str = "") -> None:
    """Print data."""
    sys.stdout.write(f"{_safe(text, sys.stdout)}\n")


def say(text: str = "") -> None:
    """Print talk: where something happens, what to do next, what went wrong."""
    sys.stderr.write(f"{_safe(text, sys.stderr)}\n")
    sys.stderr.flush()


def show_json(value: Any) -> None:
    """Print a value as indented JSON."""
    data = msgspec.json.format(msgspec.json.encode(value), indent=2)
    sys.stdout.write(f"{_encodable(escape_controls(data.decode()), sys.stdout)}\n")


def show_json_line(value: Any) -> None:
    """Print a value as one line of JSON, at once."""
    line = escape_controls(msgspec.json.encode(value).decode())
    sys.stdout.write(f"{_encodable(line, sys.stdout)}\n")
    sys.stdout.flush()


class Stdout:
    """Standard output for text that is clean already."""

    def write(self, text: str, /) -> int:
        """Write some of it."""
        return sys.stdout.write(_encodable(text, sys.stdout))


def paint(text: str, colour: str, stream: TextIO | None = None) -> str:
    """The text in a colour, where the stream (stdout by default) is a terminal that wants colours."""
    if not has_colours(stream or sys.stdout):
        return text
    return f"{_START}{_CODES[colour]}m{text}{_END}"


def has_colours(stream: TextIO) -> bool:
    """Whether a stream is a terminal, and ``NO_COLOR`` isn't set."""
    return is_terminal(stream) and not os.environ.get("NO_COLOR")


def is_terminal(stream: TextIO) -> bool:
    """Whether somebody looks at a stream, on a terminal that can do more than print."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def columns() -> int | None:
    """How wide stdout is, None where it is no terminal and lines may be as long as they are."""
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns if sys.stdout.isatty() else None
    except (OSError, ValueError):
        return None


# Private-use characters stand for Hawk's own colours until all that came from elsewhere is cleaned;
# whoever else writes them can colour a line at most.
_START, _END = "\ue000", "\ue001"
_COLOUR = re.compile(f"{_START}({'|'.join(_CODES.values())})m")


def _safe(text: str, stream: TextIO) -> str:
    cleaned = _encodable(clean(text), stream)
    if not has_colours(stream):
        return cleaned
    return _COLOUR.sub("\x1b[\\1m", cleaned).replace(_END, "\x1b[0m")


def _encodable(text: str, stream: TextIO) -> str:
    """Text that the stream can encode: a C locale must not end a command."""
    encoding = stream.encoding or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)
