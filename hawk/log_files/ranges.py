"""Parts of a file that a request asks for (RFC 9110, section 14)."""

from __future__ import annotations

import re

from hawk.errors import OutOfRange

_ONE_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})\Z")


def wanted_part(header: str | None, size: int) -> tuple[int, int] | None:
    """Start and length of what a ``Range`` header asks for; None where that is the whole file.

    Several ranges at once, and what is no range, mean the whole file, as the standard allows.
    Raises OutOfRange where the file ends before.
    """
    found = _ONE_RANGE.match(header or "")
    if found is None or not size:
        return None
    first, last = found.groups()
    if not first:
        return _end(int(last), size) if last else None
    start = int(first)
    if last and int(last) < start:
        return None
    if start >= size:
        raise OutOfRange(f"The file has {size} bytes: none from {start} on.", fix="Ask for less of it.")
    return start, min(int(last) + 1 if last else size, size) - start


def _end(length: int, size: int) -> tuple[int, int]:
    if not length:
        raise OutOfRange("The last 0 bytes of a file are none.", fix="Ask for some.")
    return max(0, size - length), min(length, size)
