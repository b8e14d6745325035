"""Carries a search out: a page of hits at once, a total when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy.engine import RowMapping

from hawk.importers.text.entries import KINDS
from hawk.results.search.cursors import cursor_of, place_of
from hawk.results.search.needle import Matcher, Needle, matcher_of
from hawk.results.search.queries import (
    Candidate,
    Place,
    SearchFilter,
    candidates,
    doubtful_logs,
    living,
    samples_of,
)
from hawk.results.search.scanners import Scanners
from hawk.results.search.scanning import PageHits, Text
from hawk.results.search.snippets import snippet
from hawk.results.search.types import Hit, HitList
from hawk.warehouse.engine import Database


async def search(
    db: Database,
    scanners: Scanners,
    needle: Needle,
    wanted: SearchFilter,
    *,
    limit: int,
    cursor: str | None,
    total: bool,
) -> HitList:
    """A page of hits from behind ``cursor``.

    The total is there where all was looked through anyway, or where it is asked for. Raises
    UsageFault for a needle or a cursor that is none.
    """
    matcher = matcher_of(needle)
    after = place_of(cursor) if cursor else None
    looker = _Looker(db, scanners, needle, wanted, after)
    # Which of all pages come first costs as much to find as all of them do, so it is found once.
    await looker.look_on(matcher, limit + 1, asked=None if total else _ASKED)
    hits = await looker.hits(matcher, limit)
    more = len(looker.found) > limit
    counted = None if more or cursor or looker.missing else len(looker.found)
    if counted is None and total:
        counted = await scanners.count(db, needle, wanted, looker.all_pages)
    return HitList(hits, cursor_of(looker.found[limit - 1][0]) if more else None, counted)


class _Looker:
    """Looks through pages until there are enough hits."""

    def __init__(
        self,
        db: Database,
        scanners: Scanners,
        needle: Needle,
        wanted: SearchFilter,
        after: Place | None,
    ) -> None:
        self._db = db
        self._scanners = scanners
        self._needle = needle
        self._doubtful: set[int] = set()
        self._wanted = wanted
        self._after = after
        self._living: dict[int, set[int]] = {}
        self._told: set[tuple[int, Text]] = set()
        self.found: list[tuple[Place, PageHits, int]] = []
        self.missing = 0
        self.all_pages: list[int] | None = None

    async def look_on(self, matcher: Matcher, enough: int, *, asked: int | None) -> None:
        """Look through the first ``asked`` pages that can have the needle, and all if that isn't enough."""
        pages = await self._candidates(matcher, self._after, asked)
        if self._after is None and (asked is None or len(pages) < asked):
            self.all_pages = [page.id for page in pages]
        await self._look(pages, enough)
        if len(pages) == asked and len(self.found) < enough:
            last = pages[-1]
            behind = Place(last.time, last.log_id, last.position + 1, 0)
            await self._look(await self._candidates(matcher, behind, None), enough)

    async def _candidates(self, matcher: Matcher, after: Place | None, most: int | None) -> list[Candidate]:
        async with self._db.read() as conn:
            pages = await candidates(conn, self._wanted, matcher.bits, after, limit=most)
            log_ids = {page.log_id for page in pages}
            self._doubtful |= await doubtful_logs(conn, log_ids, superseded=self._wanted.superseded)
        return pages

    async def _look(self, pages: Sequence[Candidate], enough: int) -> None:
        by_id = {page.id: page for page in pages}
        start, size = 0, _FIRST
        while start < len(pages) and len(self.found) < enough:
            ids = [page.id for page in pages[start : start + size]]
            found = await self._scanners.find(self._db.address, self._needle, ids)
            self.missing += found.missing
            for hits in found.hits:
                await self._take(by_id[hits.page.id], hits)
            start, size = start + size, min(size * 4, _MOST)

    async def _take(self, page: Candidate, hits: PageHits) -> None:
        alive = await self._alive(page.log_id)
        for number in self._wanted_of(page, hits):
            if alive is not None and hits.owners.samples[number] not in alive:
                continue
            self.found.append((Place(page.time, page.log_id, page.position, number), hits, number))

    def _wanted_of(self, page: Candidate, hits: PageHits) -> Iterator[int]:
        after = self._after
        same = after is not None and (page.log_id, page.position) == (after.log_id, after.position)
        for number in hits.numbers:
            if hits.is_part(number):
                text = (page.log_id, hits.key(number))
                if text in self._told:
                    continue
                self._told.add(text)
            if after is None or not same or number > after.entry:
                yield number

    async def _alive(self, log_id: int) -> set[int] | None:
        if log_id not in self._doubtful:
            return None
        if log_id not in self._living:
            async with self._db.read() as conn:
                self._living[log_id] = await living(conn, log_id, superseded=self._wanted.superseded)
        return self._living[log_id]

    async def hits(self, matcher: Matcher, limit: int) -> tuple[Hit, ...]:
        """The first hits, as the API tells them."""
        shown = self.found[:limit]
        pks = sorted({hits.owners.samples[number] for _, hits, number in shown})
        async with self._db.read() as conn:
            rows = await samples_of(conn, pks) if pks else {}
        return tuple(
            _hit(rows[hits.owners.samples[number]], hits, number, matcher)
            for _, hits, number in shown
            if hits.owners.samples[number] in rows
        )


def _hit(row: RowMapping, hits: PageHits, number: int, matcher: Matcher) -> Hit:
    text = hits.text(number)
    part = snippet(text, matcher.first(text))
    index = hits.owners.indexes[number]
    return Hit(
        **{name: row[name] for name in _OF_SAMPLE},
        sample_id=int(row["sample_id"]) if row["sample_id_is_integer"] else row["sample_id"],
        log=row["location"],
        role=KINDS[hits.owners.kinds[number]],
        index=index if index >= 0 else None,
        snippet=part.text,
        start=part.start,
        end=part.end,
    )


_ASKED = 256
"""Pages that are asked for before all are: enough for a needle that is all over the place."""

_FIRST, _MOST = 8, 8192
"""Pages that are looked through first, and at most at once."""

_OF_SAMPLE = ("id", "uuid", "epoch", "eval_id", "eval_set_id", "task", "model", "completed_at")
