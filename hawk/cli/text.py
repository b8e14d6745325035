"""What may be printed of texts that somebody else wrote: models, jobs, servers."""

from __future__ import annotations

import re
import unicodedata

_SEQUENCES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # colours, cursor moves
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"  # titles, links
    r"|\x1b[ -/]*[0-~]"
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SPACES = re.compile(r"[\n\t\x0b\x0c\u2028\u2029]+")


def clean(text: str) -> str:
    """The text without terminal sequences and control characters; line ends and tabs stay."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    printable = _CONTROLS.sub("", _SEQUENCES.sub("", unified))
    return printable.encode("utf-8", "replace").decode()


def one_line(text: str) -> str:
    """The same, on one line."""
    return _SPACES.sub(" ", clean(text)).strip()


def escape_controls(json: str) -> str:
    """JSON with those control characters escaped that JSON allows to stand as they are."""
    return re.sub(r"[\x7f-\x9f]", lambda found: f"\\u{ord(found[0]):04x}", json)


def width(text: str) -> int:
    """How many columns of a terminal a line of text takes."""
    if text.isascii():
        return len(text)
    return sum(_columns(character) for character in text)


def shorten(text: str, columns: int) -> str:
    """The start of a line of text that takes at most so many columns, with ``…`` where it was cut."""
    if width(text) <= columns:
        return text
    kept, used = "", 1
    for character in text:
        used += _columns(character)
        if used > columns:
            break
        kept += character
    return f"{kept}…"


def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) == "Cf":
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
