"""The text around a match."""

from __future__ import annotations

import re

import msgspec

from hawk.results.search.needle import Span

AROUND = 80
"""Letters that are shown before and after a match, and of a long match itself on each side."""

_SPACES = re.compile(r"\s+")


class Snippet(msgspec.Struct, frozen=True):
    """One line of text, whose match is ``text[start:end]``."""

    text: str
    start: int
    end: int


def snippet(text: str, span: Span) -> Snippet:
    """What surrounds a match, on one line, cut at words where there are any near."""
    before = _line(_cut_left(text[max(0, span.start - AROUND) : span.start], whole=span.start <= AROUND))
    match = _line(text[span.start : min(span.end, span.start + 2 * AROUND)])
    after = _line(_cut_right(text[span.end : span.end + AROUND], whole=len(text) <= span.end + AROUND))
    return Snippet(f"{before}{match}{after}", len(before), len(before) + len(match))


def _line(text: str) -> str:
    return _SPACES.sub(" ", text)


def _cut_left(text: str, *, whole: bool) -> str:
    if whole:
        return text.lstrip()
    found = _SPACES.search(text, 0, AROUND // 3)
    return f"…{text[found.end() :] if found else text}"


def _cut_right(text: str, *, whole: bool) -> str:
    if whole:
        return text.rstrip()
    spaces = [found.start() for found in _SPACES.finditer(text) if found.start() > AROUND * 2 // 3]
    return f"{text[: spaces[-1]] if spaces else text}…"
