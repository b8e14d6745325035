"""Pages of ``output.log``, read in pieces from wherever is asked, for the file may be large."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from hawk.backends.execution.protocol import LogLine, LogPage

PAGE_LINES = 1_000
_PIECE = 65_536
_PAGE_BYTES = 1 << 20
_LAST_BYTES = 1 << 25


def read_page(path: Path, *, after: int | None = None, last: int | None = None) -> LogPage:
    """Lines after a byte offset, or the last few. A line still being written is left for later."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return LogPage((), after or 0)
    with file:
        if last is not None and after is None:
            return _read_last(file, min(last, PAGE_LINES))
        return _read_after(file, after or 0)


def _read_after(file: BinaryIO, after: int) -> LogPage:
    file.seek(after)
    data = file.read(_PAGE_BYTES)
    end = data.rfind(b"\n") + 1
    if not end and len(data) == _PAGE_BYTES:
        end = len(data)  # No line of Hawk's is so long: this is damage, and must not end all reading.
    lines = data[:end].split(b"\n", PAGE_LINES)[:PAGE_LINES]
    if lines and not lines[-1]:
        lines.pop()
    taken = min(sum(len(line) + 1 for line in lines), end)
    return LogPage(_decode(lines), after + taken)


def _read_last(file: BinaryIO, count: int) -> LogPage:
    end = at = file.seek(0, os.SEEK_END)
    pieces: list[bytes] = []
    ends = 0
    # One line end more than lines: the one before the first of them. The bound is for a file that
    # is damaged, where line ends are nowhere.
    while at and ends <= count and end - at < _LAST_BYTES:
        size = min(_PIECE, at)
        at -= size
        file.seek(at)
        pieces.append(file.read(size))
        ends += pieces[-1].count(b"\n")
    data = b"".join(reversed(pieces))
    whole = data[: data.rfind(b"\n") + 1]
    lines = whole.split(b"\n")[:-1]
    shown = lines[-count:] if count else []
    return LogPage(_decode(shown), at + len(whole))


def _decode(lines: list[bytes]) -> tuple[LogLine, ...]:
    decoded: list[LogLine] = []
    time, attempt = datetime.fromtimestamp(0, UTC), 0
    for line in lines:
        when, _, rest = line.partition(b" ")
        number, _, text = rest.partition(b" ")
        try:
            time, attempt = datetime.fromisoformat(when.decode()), int(number)
        except ValueError:
            text = line  # Torn by a crash: it belongs to what came before.
        decoded.append(LogLine(time, attempt, text.decode("utf-8", "replace")))
    return tuple(decoded)
