"""How long a search takes in a million messages."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.corpus import needles
from benchmarks.corpus.content import counted_hits
from benchmarks.corpus.made import KINDS, corpus
from benchmarks.corpus.needles import Needle
from benchmarks.measure import row
from benchmarks.served import Api, Query, Times, api

_RUNS = 10
_RARE, _PAGE, _TOTAL = "≤ 150 ms", "≤ 300 ms", "≤ 1.5 s"


@dataclass(frozen=True)
class Case:
    """A search, how many hits it has where that is known beforehand, and how long it may take."""

    label: str
    query: Query
    hits: int | None
    goal: str


def main(home: Path) -> None:
    """Print the figures."""
    found = {kind: _measure(home / kind, kind) for kind in KINDS}
    row("a search in 1,000,000 messages, p50 / p95", "hits", *KINDS, "goal on PostgreSQL, p95")
    row("---", "---", "---", "---", "---")
    for at, case in enumerate(_cases()):
        total, _ = found[KINDS[0]][at]
        row(case.label, total, *(str(found[kind][at][1]) for kind in KINDS), case.goal)


def _measure(home: Path, kind: str) -> list[tuple[str, Times]]:
    async def work(url: str) -> list[tuple[str, Times]]:
        async with api(home, url) as server:
            return [await _search(server, case) for case in _cases()]

    with corpus(kind) as url:
        return asyncio.run(work(url))


async def _search(server: Api, case: Case) -> tuple[str, Times]:
    total = (await server.get("/api/search", case.query))["total"]
    if total is not None and case.hits is not None:
        assert total == case.hits, f"{case.label}: {total:,} hits instead of {case.hits:,}"
    told = "first page" if total is None else f"{total:,}"
    return told, await server.time("/api/search", [case.query] * _RUNS)


def _cases() -> Iterator[Case]:
    for needle in (needles.ONE, needles.TEN, needles.HUNDRED, needles.THOUSAND):
        yield _planted(needle, _RARE, total=True)
    yield Case("in none, total", {"q": needles.ABSENT, "total": "true"}, 0, _RARE)
    for needle in (needles.PAGES, needles.ALL):
        yield _planted(needle, _PAGE, total=False)
    for needle in (needles.PAGES, needles.ALL):
        yield _planted(needle, _TOTAL, total=True)
    yield Case("of three letters", {"q": needles.SHORT}, None, _PAGE)
    yield Case("of three letters, total", {"q": needles.SHORT, "total": "true"}, None, _TOTAL)
    yield from _regexes()


def _regexes() -> Iterator[Case]:
    rare = {"q": r"ERR_0x[0-9A-F]{4}_QUOTA", "regex": "true", "total": "true"}
    yield Case("regex with literals, total", rare, counted_hits(needles.HUNDRED), _TOTAL)
    many = {"q": r"exit status 1\d\d", "regex": "true"}
    yield Case("regex in many", many, None, _PAGE)
    bare = {"q": r"\b[0-9a-f]{15}c \[", "regex": "true", "total": "true"}
    yield Case("regex without literals, total", bare, None, "")


def _planted(needle: Needle, goal: str, *, total: bool) -> Case:
    share = needle.hits / needles.MESSAGES
    label = f"in {needle.hits:,} messages" if share < 0.001 else f"in {share:.1%} of the messages"
    query: Query = {"q": needle.text, **({"total": "true"} if total else {})}
    return Case(f"{label}, total" if total else label, query, counted_hits(needle), goal)
