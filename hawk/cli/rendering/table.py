"""Tables of text: columns as wide as they need to be, and no wider than the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hawk.cli.output import columns, paint
from hawk.cli.text import one_line, shorten, width

_GAP = 2
_LEAST = 8


@dataclass(frozen=True)
class Column:
    """``elastic`` columns give way where the terminal is too narrow; ``right`` ones hold numbers."""

    title: str
    right: bool = False
    elastic: bool = False
    status: bool = False


_COLOURS = {
    **dict.fromkeys(("succeeded", "success", "better"), "green"),
    **dict.fromkeys(("failed", "lost", "error", "worse"), "red"),
    **dict.fromkeys(("stopped", "limit", "cancelled", "stopping"), "yellow"),
    **dict.fromkeys(("running", "started", "starting"), "cyan"),
    **dict.fromkeys(("queued", "pending"), "dim"),
}


def status_text(status: str) -> str:
    """A status in its colour."""
    colour = _COLOURS.get(status.strip())
    return paint(status, colour) if colour else status


def table(heads: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a table, its head first."""
    cells = [[one_line(cell) for cell in row] for row in rows]
    widths = _widths(heads, cells)
    titles = [head.title for head in heads]
    return [_line(heads, row, widths, painted=row is not titles) for row in (titles, *cells)]


def _widths(heads: Sequence[Column], cells: Sequence[Sequence[str]]) -> list[int]:
    widths = [
        max(width(head.title), *(width(row[n]) for row in cells)) if cells else width(head.title)
        for n, head in enumerate(heads)
    ]
    room = columns()
    if room is None:
        return widths
    for number in _give_way(heads, widths, sum(widths) + _GAP * (len(widths) - 1) - room):
        widths[number] -= 1
    return widths


def _give_way(heads: Sequence[Column], widths: Sequence[int], over: int) -> Iterator[int]:
    """Which column gives a place each time: always the widest elastic one."""
    now = list(widths)
    elastic = [number for number, head in enumerate(heads) if head.elastic]
    for _ in range(over):
        widest = max(elastic, key=lambda number: now[number], default=None)
        if widest is None or now[widest] <= _LEAST:
            return
        now[widest] -= 1
        yield widest


def _line(heads: Sequence[Column], row: Sequence[str], widths: Sequence[int], *, painted: bool) -> str:
    parts = [
        _cell(head, cell, size, painted=painted) for head, cell, size in zip(heads, row, widths, strict=True)
    ]
    return (" " * _GAP).join(parts).rstrip()


def _cell(head: Column, cell: str, size: int, *, painted: bool) -> str:
    short = shorten(cell, size)
    pad = " " * (size - width(short))
    if head.status and painted:
        return status_text(short) + pad
    return pad + short if head.right else short + pad
