"""What there is to filter by, and the filters and sorts of evals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import insert

from hawk.errors import UsageFault
from hawk.results.types import Facet
from hawk.warehouse.engine import Database
from hawk.warehouse.tables.jobs import jobs
from tests.results.api import ResultsApi
from tests.results.seeding import add, add_evals, eval_row, log_row, minutes, sample_row


def shown(facets: Sequence[Facet]) -> list[tuple[str, int, int]]:
    return [(facet.value, facet.evals, facet.samples) for facet in facets]


def one(number: int, **changes: Any) -> dict[str, Any]:
    return eval_row(number, **{"tags": None, "cost": None, **changes})


@pytest.fixture
async def filled(db: Database) -> None:
    match, judge = {"match": {"accuracy": 1.0}}, {"judge": {"mean": 0.5}}
    await add_evals(
        db,
        one(1, task="alpha", created_by="ada", scores=match, score=0.5, tags=["nightly", "a"]),
        one(2, task="alpha", model="mock/other", samples_done=4, scores=match | judge, cost=2.0),
        one(3, task="beta", solver="react", eval_set="other", status="cancelled", score=0.25),
        one(4, task="old", task_id="t3", eval_set="other", created_at=minutes(0)),
    )
    await add(db, log_rows=[log_row(9, eval_set="broken", state="failed", error="It is no zip file.")])
    ended = {"status": "limit", "limit": "token"}
    await add(db, sample_rows=[sample_row(1, **ended), sample_row(2, **ended, epoch=2, current=False)])


@pytest.mark.usefixtures("filled")
async def test_facets_count_evals_and_samples(api: ResultsApi) -> None:
    facets = await api.client.facets()
    assert shown(facets.tasks) == [("alpha", 2, 14), ("beta", 1, 10)]
    assert shown(facets.models) == [("mock/m", 2, 20), ("mock/other", 1, 4)]
    assert shown(facets.solvers) == [("react", 1, 10)]
    assert shown(facets.scorers) == [("match", 2, 14), ("judge", 1, 4)]
    assert shown(facets.statuses) == [("success", 2, 14), ("cancelled", 1, 10)]
    assert shown(facets.users) == [("ada", 1, 10)]
    assert shown(facets.eval_sets) == [("set", 2, 14), ("other", 1, 10)]
    assert shown(facets.limits) == [("token", 1, 1)]


@pytest.mark.usefixtures("filled")
async def test_facets_are_of_what_the_filters_leave(api: ResultsApi) -> None:
    assert shown((await api.client.facets(eval_set="other")).tasks) == [("beta", 1, 10)]
    assert shown((await api.client.facets(task="alpha", model="mock/other")).users) == []
    assert shown((await api.client.facets(top=1)).tasks) == [("alpha", 2, 14)]
    assert shown((await api.client.facets(eval_set="other")).limits) == []


@pytest.mark.usefixtures("filled")
async def test_every_filter_of_evals_holds(api: ResultsApi) -> None:
    assert await api.ids("/api/evals", task="alpha") == ["eval-2", "eval-1"]
    assert await api.ids("/api/evals", model="mock/other") == ["eval-2"]
    assert await api.ids("/api/evals", solver="react") == ["eval-3"]
    assert await api.ids("/api/evals", created_by="ada") == ["eval-1"]
    assert await api.ids("/api/evals", tag="nightly") == ["eval-1"]
    assert await api.ids("/api/evals", status="cancelled") == ["eval-3"]
    assert len(await api.ids("/api/evals", status="error")) == 1
    window = {"since": "2026-01-01T00:01:00Z", "until": "2026-01-01T00:03:00Z"}
    assert await api.ids("/api/evals", **window) == ["eval-2", "eval-1"]


@pytest.mark.usefixtures("filled")
async def test_who_started_the_job_made_evals_that_name_nobody(db: Database, api: ResultsApi) -> None:
    job = {
        "id": "other",
        "kind": "eval-set",
        "name": "other",
        "status": "complete",
        "backend": "local",
        "created_by": "bob",
        "launch": 1,
        "log_dir": "other",
        "created_at": minutes(0),
        "updated_at": minutes(0),
    }
    async with db.write() as conn:
        await conn.execute(insert(jobs), [job])
    assert await api.ids("/api/evals", created_by="bob") == ["eval-3"]


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("limit", [1, 500])
@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("created_at", ["1", "2", "3", None]),
        ("score", ["3", "1", None, "2"]),
        ("-score", ["1", "3", "2", None]),
        ("-cost", ["2", "1", "3", None]),
        ("samples", ["2", "3", "1", None]),
        ("-task", ["3", "2", "1", None]),
    ],
)
async def test_evals_are_sorted_and_those_without_a_value_come_last(
    api: ResultsApi, sort: str, order: list[str | None], limit: int
) -> None:
    found: list[str] = []
    cursor: str | None = None
    while True:
        page = await api.client.evals(sort=sort, limit=limit, cursor=cursor)
        found += [shown.id for shown in page.items]
        if (cursor := page.next) is None:
            break
    names = [name.removeprefix("eval-") if name.startswith("eval-") else None for name in found]
    assert names == order


async def test_a_sort_of_evals_that_there_is_not_is_named(api: ResultsApi) -> None:
    with pytest.raises(UsageFault, match="Evals can't be sorted by 'colour'"):
        await api.client.evals(sort="-colour")
