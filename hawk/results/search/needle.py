"""What is looked for, and how it is found in a page of text."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate
from typing import Protocol

import msgspec

from hawk.errors import UsageFault
from hawk.importers.text.entries import NUMBER, Kind
from hawk.importers.text.pages import Owners
from hawk.importers.text.signature import GRAM, fold, needle_bits
from hawk.results.search.expressions import compiled
from hawk.results.search.literals import required_literal

LONGEST = 500
"""Letters of a needle at most; pages overlap by more bytes than these can have."""


class Needle(msgspec.Struct, frozen=True, kw_only=True):
    """What a search looks for. ``kinds`` are whose words, None for everybody's."""

    text: str
    regex: bool = False
    case: bool = False
    kinds: tuple[Kind, ...] | None = None


class Span(msgspec.Struct, frozen=True):
    """Where a match lies in an entry's text, in letters."""

    start: int
    end: int


class Matcher(Protocol):
    """Finds a needle."""

    bits: list[int]
    """Bits that a page's signature must have."""

    def entries(self, text: bytes, owners: Owners, *, plain: bool) -> Iterator[int]:
        """The numbers of a page's entries that match, in order."""
        ...

    def first(self, text: str) -> Span:
        """Where an entry that matches has its first match."""
        ...


def matcher_of(needle: Needle) -> Matcher:
    """Raises UsageFault for what can't be searched for."""
    if not needle.text or "\0" in needle.text:
        raise UsageFault("A search needs some text to look for.", fix="Say it: hawk search TEXT.")
    if len(needle.text) > LONGEST:
        raise UsageFault(f"The text to look for has more than {LONGEST} letters.", fix="Look for less of it.")
    return _Regex(needle) if needle.regex else _Text(needle)


class _Text:
    def __init__(self, needle: Needle) -> None:
        self._case = needle.case
        self._exact = needle.text
        self._folded = fold(needle.text)
        self._bytes = self._folded.encode()
        self._kinds = _numbers(needle)
        self.bits = needle_bits(self._bytes) if len(self._bytes) >= GRAM else []

    def entries(self, text: bytes, owners: Owners, *, plain: bool) -> Iterator[int]:
        by_bytes = self._case or (plain and self._bytes.isascii())
        found = self._by_bytes(text, owners) if by_bytes else self._folding(text)
        for number in found:
            if self._kinds is None or owners.kinds[number] in self._kinds:
                yield number

    def _by_bytes(self, text: bytes, owners: Owners) -> Iterator[int]:
        haystack, wanted = (text, self._exact.encode()) if self._case else (text.lower(), self._bytes)
        at = haystack.find(wanted)
        if at < 0:
            return
        ends = list(accumulate(length + 1 for length in owners.lengths))
        while at >= 0:
            number = bisect_right(ends, at)
            yield number
            at = haystack.find(wanted, ends[number])

    def _folding(self, text: bytes) -> Iterator[int]:
        haystack = fold(text.decode())
        if self._folded in haystack:
            entries = enumerate(haystack.split("\0"))
            yield from (number for number, entry in entries if self._folded in entry)

    def first(self, text: str) -> Span:
        if self._case:
            start = max(0, text.find(self._exact))
            return Span(start, start + len(self._exact))
        start = fold(text).find(self._folded)
        if fold(text[start : start + len(self._exact)]) == self._folded:
            return Span(start, start + len(self._exact))
        return _unfolded(text, self._folded)


def _unfolded(text: str, folded: str) -> Span:
    """The place of a match in text whose letters change in number as they are folded."""
    lengths = list(accumulate(len(fold(letter)) for letter in text))
    start = fold(text).find(folded)
    first = bisect_right(lengths, max(0, start))
    return Span(first, bisect_right(lengths, max(0, start) + len(folded) - 1) + 1)


class _Regex:
    def __init__(self, needle: Needle) -> None:
        self._pattern = compiled(needle.text, case=needle.case)
        self._kinds = _numbers(needle)
        self._by_page = not any(sign in needle.text for sign in (r"\A", r"\z", r"\C", "(?"))
        literal = fold(required_literal(needle.text)).encode()
        self.bits = needle_bits(literal) if len(literal) >= GRAM else []

    def entries(self, text: bytes, owners: Owners, *, plain: bool) -> Iterator[int]:
        del plain
        # Between lines as between entries: where the whole page has no match, no entry has.
        if self._by_page and self._pattern.search(text.replace(b"\0", b"\n")) is None:
            return
        for number, entry in enumerate(text.split(b"\0")):
            if self._kinds is not None and owners.kinds[number] not in self._kinds:
                continue
            if self._pattern.search(entry) is not None:
                yield number

    def first(self, text: str) -> Span:
        found = self._pattern.search(text)
        return Span(found.start(), found.end()) if found else Span(0, 0)


def _numbers(needle: Needle) -> frozenset[int] | None:
    return None if needle.kinds is None else frozenset(NUMBER[kind] for kind in needle.kinds)
