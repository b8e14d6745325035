"""Looks through pages: in whichever process or thread it is called, over a connection of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from hawk.importers.text.pages import PART, SEPARATOR, Owners, decode_owners, open_body
from hawk.results.search.needle import Matcher
from hawk.results.search.page_source import PageSource, StoredPage

AT_ONCE = 64
"""Pages that are fetched together."""

Text = tuple[int, int, int]
"""What is one hit: a sample's row, a kind, a message."""


class PageHits(msgspec.Struct, frozen=True):
    """What a page has: the numbers of its entries that match."""

    page: StoredPage
    owners: Owners
    numbers: list[int]

    def text(self, number: int) -> str:
        """The text of an entry."""
        return open_body(self.page.body).split(SEPARATOR)[number].decode()

    def key(self, number: int) -> Text:
        """Which text an entry is of, or is a part of."""
        return self.owners.samples[number], self.owners.kinds[number], self.owners.indexes[number]

    def is_part(self, number: int) -> bool:
        """Whether the same text may have other parts, which must not count again."""
        return self.owners.parts[number] > 0 or self.owners.lengths[number] > PART - 4


class Count(msgspec.Struct):
    """How many texts match, by log. Of long ones, which are in several parts, each is named."""

    by_log: dict[int, dict[int, int]] = msgspec.field(default_factory=dict[int, dict[int, int]])
    long: set[tuple[int, Text]] = msgspec.field(default_factory=set[tuple[int, Text]])
    missing: int = 0

    def add(self, hits: PageHits) -> None:
        """Count a page's hits by log and sample."""
        samples = self.by_log.setdefault(hits.page.log_id, {})
        for number in hits.numbers:
            if hits.is_part(number):
                self.long.add((hits.page.log_id, hits.key(number)))
            else:
                sample = hits.owners.samples[number]
                samples[sample] = samples.get(sample, 0) + 1

    def merge(self, other: Count) -> None:
        """Add what another part of the search counted."""
        for log_id, samples in other.by_log.items():
            mine = self.by_log.setdefault(log_id, {})
            for sample, count in samples.items():
                mine[sample] = mine.get(sample, 0) + count
        self.long |= other.long
        self.missing += other.missing


class Found(msgspec.Struct, frozen=True):
    """Pages with hits, in order, and how many pages are gone that were asked for."""

    hits: list[PageHits]
    missing: int


def find(source: PageSource, matcher: Matcher, pages: Sequence[int]) -> Found:
    """The pages that have hits, in the order of ``pages``."""
    hits: list[PageHits] = []
    missing = 0
    for page in _scan(source, matcher, pages):
        if page is None:
            missing += 1
        elif page.numbers:
            hits.append(page)
    return Found(hits, missing)


def count(source: PageSource, matcher: Matcher, pages: Sequence[int]) -> Count:
    """Count the texts that match on these pages."""
    counted = Count()
    for hits in _scan(source, matcher, pages):
        if hits is None:
            counted.missing += 1
        elif hits.numbers:
            counted.add(hits)
    return counted


def _scan(source: PageSource, matcher: Matcher, pages: Sequence[int]) -> Iterator[PageHits | None]:
    """Each page's hits, in the order of ``pages``; None for a page that is gone."""
    for start in range(0, len(pages), AT_ONCE):
        these = pages[start : start + AT_ONCE]
        found = {page.id: page for page in source.fetch(these)}
        for number in these:
            page = found.get(number)
            yield None if page is None else _hits(matcher, page)


def _hits(matcher: Matcher, page: StoredPage) -> PageHits:
    owners = decode_owners(page.entries)
    numbers = list(matcher.entries(open_body(page.body), owners, plain=page.plain))
    return PageHits(page, owners, numbers)
