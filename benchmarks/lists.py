"""How long a page of a list takes in a warehouse of a million samples."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select, true

from benchmarks.corpus import content
from benchmarks.corpus.made import KINDS, corpus
from benchmarks.measure import row
from benchmarks.served import Api, Query, Times, api
from hawk.results.keyset import KEY, TIE
from hawk.results.queries.sample_orders import order_of
from hawk.warehouse.tables.results import evals, samples

_REQUESTS = 20
_DEPTHS = (1_000, 50_000, 300_000, 700_000, 900_000)
_INDEXED, _OTHER = "≤ 50 ms", "≤ 200 ms"
_SETS = [content.eval_set(number * 20) for number in range(_REQUESTS)]
_FIRST_PAGES = ("-completed_at", "completed_at", "-score", "-tokens", "tokens")


@dataclass(frozen=True)
class Case:
    """A kind of page: what is asked, in several ways, and how long it may take."""

    label: str
    path: str
    queries: Sequence[Query]
    goal: str


def main(home: Path) -> None:
    """Print the figures."""
    found = {kind: _measure(home / kind, kind) for kind in KINDS}
    row("a page of 50 out of 1,000,000 samples, p50 / p95", *KINDS, "goal on PostgreSQL, p95")
    row("---", "---", "---", "---")
    for at, (case, _) in enumerate(found[KINDS[0]]):
        row(case.label, *(str(found[kind][at][1]) for kind in KINDS), case.goal)


def _measure(home: Path, kind: str) -> list[tuple[Case, Times]]:
    async def work(url: str) -> list[tuple[Case, Times]]:
        async with api(home, url) as server:
            deep = {sort: await _cursors(server, sort) for sort in ("-completed_at", "-score", "-tokens")}
            cases = [*_indexed(), *_deep(deep), *_combined()]
            return [(case, await server.time(case.path, case.queries)) for case in cases]

    with corpus(kind) as url:
        return asyncio.run(work(url))


def _indexed() -> Iterator[Case]:
    for sort in _FIRST_PAGES:
        yield _samples(f"samples by `{sort}`", _INDEXED, [{"sort": sort}] * _REQUESTS)
    yield _samples("samples of an eval set", _INDEXED, [{"eval_set": one} for one in _SETS])
    evals_asked = [{"eval": f"eval{number * 97:06}"} for number in range(_REQUESTS)]
    yield _samples("samples of an eval", _INDEXED, evals_asked)
    yield _samples("samples with an error", _INDEXED, [{"status": "error"}] * _REQUESTS)
    yield Case("evals", "/api/evals", [{}] * _REQUESTS, _INDEXED)
    yield Case("evals of an eval set", "/api/evals", [{"eval_set": one} for one in _SETS], _INDEXED)
    yield Case("eval sets", "/api/eval-sets", [{}] * _REQUESTS, _INDEXED)


def _deep(cursors: dict[str, list[str]]) -> Iterator[Case]:
    for sort, places in cursors.items():
        queries = [{"sort": sort, "cursor": place} for place in places] * (_REQUESTS // len(places))
        yield _samples(f"samples by `{sort}`, 1,000 to 900,000 behind", _INDEXED, queries)


def _combined() -> Iterator[Case]:
    yield _samples(
        "an eval set's by `-score`", _OTHER, [{"eval_set": one, "sort": "-score"} for one in _SETS]
    )
    yield _samples(
        "an eval set's with an error", _OTHER, [{"eval_set": one, "status": "error"} for one in _SETS]
    )
    since = [{"since": f"2026-09-{day + 1:02}T00:00:00Z", "status": "limit"} for day in range(_REQUESTS)]
    yield _samples(
        "of a status since a day, by `-tokens`", _OTHER, [one | {"sort": "-tokens"} for one in since]
    )
    for label, words in (
        ("in many", "model-0"),
        ("in an eval set of a task", "nightly-04 task_17"),
        ("in few", "person-none lab5"),
        ("in none", "no-such-thing"),
    ):
        yield _samples(f"search `{words}` ({label})", _OTHER, [{"search": words}] * (_REQUESTS // 4))


def _samples(label: str, goal: str, queries: Sequence[Query]) -> Case:
    return Case(label, "/api/samples", queries, goal)


async def _cursors(server: Api, sort: str) -> list[str]:
    """Where pages deep in a list begin, which nobody wants to leaf to."""
    order = order_of(sort)
    chosen = (
        select(order.key.label(KEY), order.tie.label(TIE))
        .select_from(samples.join(evals, evals.c.log_id == samples.c.log_id))
        .where(samples.c.current.is_(true()), order.key.is_not(None))
        .order_by(*order.sorting())
        .limit(1)
    )
    async with server.db.read() as conn:
        rows = [(await conn.execute(chosen.offset(depth))).mappings().first() for depth in _DEPTHS]
    return [order.cursor(found[KEY], found[TIE]) for found in rows if found is not None]
