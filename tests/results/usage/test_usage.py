"""Tokens and cost in groups, through the API."""

from typing import Any

import pytest
from sqlalchemy import insert

from hawk.errors import UsageFault
from hawk.warehouse.engine import Database
from hawk.warehouse.tables.jobs import jobs
from hawk.warehouse.tables.results import eval_usage, sample_usage
from tests.results.api import ResultsApi
from tests.results.seeding import add, add_evals, eval_row, minutes, sample_row

DAY = 24 * 60


async def used(
    db: Database, log: int, models: dict[str, int], *, cost: float | None = None, **changes: Any
) -> None:
    """An eval whose log says so many tokens by model; it has no samples."""
    await add_evals(db, eval_row(log, **changes))
    await say(db, log, models, cost)


async def say(db: Database, log: int, models: dict[str, int], cost: float | None = None) -> None:
    rows = [{"log_id": log, "model": model, **tokens(total), "cost": cost} for model, total in models.items()]
    async with db.write() as conn:
        await conn.execute(insert(eval_usage), rows)


async def took(db: Database, log: int, samples: dict[str, int], **changes: Any) -> None:
    """Samples of a log by uuid, with their tokens."""
    rows = [
        sample_row(log * 100 + n, log=log, uuid=uuid, sample_id=uuid, **changes)
        for n, uuid in enumerate(samples)
    ]
    await add(db, sample_rows=rows)
    usage = [
        {"sample_pk": row["pk"], "model": "m", **tokens(samples[row["uuid"]]), "cost": None} for row in rows
    ]
    async with db.write() as conn:
        await conn.execute(insert(sample_usage), usage)


def tokens(total: int) -> dict[str, int]:
    return {"tokens_input": total - 1, "tokens_output": 1, "tokens_total": total}


async def totals(api: ResultsApi, *by: str, **options: Any) -> dict[Any, int]:
    """Tokens by group."""
    fields = [{"eval-set": "eval_set_id"}.get(one, one) for one in by]
    found = await api.client.usage(by, **options)
    keys = [tuple(getattr(one, field) for field in fields) for one in found.items]
    return dict(zip(keys, (one.tokens.total for one in found.items), strict=True))


async def test_groups_by_each_of_what_there_is(db: Database, api: ResultsApi) -> None:
    await used(db, 1, {"m": 10, "judge": 3}, eval_set="a", created_by="ada", task="x")
    late = minutes(DAY)
    await used(db, 2, {"m": 5}, eval_set="b", task="y", created_at=late, completed_at=late)
    assert await totals(api, "model") == {("m",): 15, ("judge",): 3}
    assert await totals(api, "eval-set") == {("a",): 13, ("b",): 5}
    assert await totals(api, "user") == {("ada",): 13, (None,): 5}
    assert await totals(api, "task") == {("x",): 13, ("y",): 5}
    assert list((await totals(api, "day")).items()) == [(("2026-01-02",), 5), (("2026-01-01",), 13)]
    assert await totals(api, "model", "day") == {
        ("m", "2026-01-02"): 5,
        ("m", "2026-01-01"): 10,
        ("judge", "2026-01-01"): 3,
    }


async def test_by_model_is_what_nothing_means(db: Database, api: ResultsApi) -> None:
    await used(db, 1, {"m": 10, "judge": 3})
    page = await api.page("/api/usage")
    assert page["by"] == ["model"]
    assert [one["model"] for one in page["items"]] == ["m", "judge"]
    assert page["overall"]["tokens"] == {
        "input": 11,
        "output": 2,
        "total": 13,
        "cache_read": 0,
        "cache_write": 0,
        "reasoning": 0,
    }
    assert (page["overall"]["evals"], page["items"][0]["evals"]) == (1, 1)


async def test_filters_choose_evals_by_their_end_and_models_by_name(db: Database, api: ResultsApi) -> None:
    await used(db, 1, {"openai/gpt": 1}, eval_set="a", completed_at=minutes(1))
    await used(db, 2, {"openai/gpt": 2}, eval_set="b", completed_at=minutes(2))
    await used(db, 3, {"google/g": 4}, eval_set="b", completed_at=None, created_at=minutes(3))
    stamps = [f"2026-01-01T00:0{n}:00Z" for n in range(5)]

    async def total(**options: Any) -> int:
        return (await api.client.usage(**options)).overall.tokens.total

    assert await total(since=stamps[2]) == 6
    assert await total(until=stamps[2]) == 1
    assert await total(since=stamps[2], until=stamps[3]) == 2
    assert await total(eval_set="b") == 6
    assert await total(model="GPT") == 3
    assert await total(eval_set="nowhere") == 0
    assert api.freshened == [None, None, None, "b", None, "nowhere"]


async def test_a_cost_is_of_those_that_have_one_and_says_how_many_have_not(
    db: Database, api: ResultsApi
) -> None:
    await used(db, 1, {"m": 10}, cost=1.5)
    await used(db, 2, {"m": 10}, cost=0.25)
    await used(db, 3, {"m": 10, "free": 1})
    await add_evals(db, eval_row(4, model="idle"))
    found = {one.model: one for one in (await api.client.usage()).items}
    assert (found["m"].cost, found["m"].evals, found["m"].evals_without_cost) == (1.75, 3, 1)
    assert (found["free"].cost, found["free"].evals_without_cost) == (None, 1)
    assert (found["idle"].evals, found["idle"].tokens.total, found["idle"].evals_without_cost) == (1, 0, 0)


async def test_who_started_the_job_used_it_where_the_log_does_not_say(db: Database, api: ResultsApi) -> None:
    await used(db, 1, {"m": 10}, eval_set="j")
    named = {"id": "j", "name": "j", "kind": "eval-set", "status": "succeeded", "backend": "local"}
    times = {"created_at": minutes(1), "updated_at": minutes(1)}
    async with db.write() as conn:
        await conn.execute(insert(jobs).values(created_by="eve", launch=1, log_dir="/l", **named, **times))
    assert await totals(api, "user") == {("eve",): 10}


async def test_of_copies_of_an_eval_one_counts(db: Database, api: ResultsApi) -> None:
    await used(db, 1, {"m": 10}, id="e", eval_set="a", samples_done=1, completed_at=None)
    await took(db, 1, {"u1": 10}, eval_set="a")
    await used(db, 2, {"m": 20}, id="e", eval_set="b")
    await took(db, 2, {"u1": 10, "u2": 10}, eval_set="b")
    (one,) = (await api.client.usage()).items
    assert (one.tokens.total, one.evals, one.samples) == (20, 1, 2)


async def test_a_superseded_log_counts_and_what_its_retry_took_over_does_not(
    db: Database, api: ResultsApi
) -> None:
    """Sums of the second log: its own (30 + 5 for tries that failed), and all of the first."""
    await used(db, 1, {"m": 25}, task_id="t", status="error")
    await took(db, 1, {"done": 10, "broken": 8})
    await used(db, 2, {"m": 25 + 30 + 5}, task_id="t", eval_set="set")
    await took(db, 2, {"done": 10, "again": 30})
    (one,) = (await api.client.usage()).items
    assert (one.tokens.total, one.evals, one.samples) == (60, 2, 3)
    by_time = await totals(api, "model", since="2026-01-01T00:03:00Z")
    assert by_time == {("m",): 35}


async def test_an_unfinished_retry_counts_its_own_samples(db: Database, api: ResultsApi) -> None:
    await used(db, 1, {"m": 25}, task_id="t", status="error")
    await took(db, 1, {"done": 10, "broken": 8})
    await used(db, 2, {"m": 40}, task_id="t", status="started")
    await took(db, 2, {"done": 10, "again": 30})
    assert await totals(api, "model") == {("m",): 55}


async def test_samples_with_one_uuid_in_other_tasks_are_no_copies(db: Database, api: ResultsApi) -> None:
    for log in (1, 2):
        await used(db, log, {"m": 10})
        await took(db, log, {"u": 10}, task_id=f"t{log}")
    (one,) = (await api.client.usage()).items
    assert (one.tokens.total, one.samples) == (20, 2)


async def test_a_grouping_that_is_there_twice_is_refused(api: ResultsApi) -> None:
    with pytest.raises(UsageFault, match="twice"):
        await api.client.usage(["day", "day"])
    assert (await api.get("/api/usage", by="colour")).status_code == 422
    assert (await api.client.usage()).items == ()
