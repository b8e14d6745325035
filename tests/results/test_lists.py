"""What lists show, and what their filters leave."""

import math
from typing import Any

import pytest

from hawk.client.client import HawkClient
from hawk.errors import InvalidConfig, UsageFault
from hawk.warehouse.engine import Database
from tests.results.api import ResultsApi
from tests.results.seeding import add, add_evals, eval_row, log_row, minutes, sample_row


async def test_only_the_newest_log_of_a_task_is_shown(db: Database, api: ResultsApi) -> None:
    await add_evals(
        db,
        eval_row(1, task_id="a", status="error"),
        eval_row(2, task_id="a"),
        eval_row(3, task_id="b"),
        eval_row(4, task_id="a", eval_set="elsewhere"),
    )
    assert await api.ids("/api/evals") == ["eval-4", "eval-3", "eval-2"]
    assert await api.ids("/api/evals", superseded=True) == ["eval-4", "eval-3", "eval-2", "eval-1"]
    assert await api.ids("/api/evals", eval_set="set") == ["eval-3", "eval-2"]


async def test_of_two_logs_of_one_moment_one_is_newest_whichever_was_imported_first(
    db: Database, api: ResultsApi
) -> None:
    await add_evals(db, *(eval_row(n, task_id="a", created_at=minutes(5), id=f"e{9 - n}") for n in (1, 2, 3)))
    assert await api.ids("/api/evals") == ["e8"]


async def test_a_log_that_was_never_readable_is_listed_with_the_reason(db: Database, api: ResultsApi) -> None:
    name = "set/2026-01-01T00-00-00_capital_cities_Xy12.eval"
    await add(db, log_rows=[log_row(1, location=name, state="failed", error="It is no zip file.")])
    page = await api.client.evals(eval_set="set")
    (shown,) = page.items
    assert (shown.task, shown.status, shown.import_error) == ("capital_cities", "error", "It is no zip file.")
    assert (shown.log, shown.created_at) == (name, minutes(1))


async def test_an_eval_keeps_its_numbers_when_its_log_gets_unreadable(db: Database, api: ResultsApi) -> None:
    scores = {"match": {"accuracy": 0.5, "stderr": None}}
    await add(
        db,
        log_rows=[log_row(1, state="failed", error="It is cut off.")],
        eval_rows=[eval_row(1, scores=scores, score=0.5, samples_total=None, cost=1.25)],
    )
    (shown,) = (await api.client.evals()).items
    assert (shown.scores, shown.score, shown.cost) == (scores, 0.5, 1.25)
    assert (shown.samples.done, shown.samples.total, shown.tokens.total) == (10, None, 3)
    assert shown.import_error == "It is cut off."


async def test_an_eval_set_sums_up_its_evals(db: Database, api: ResultsApi) -> None:
    await add_evals(
        db,
        eval_row(1, task_id="a", status="error", samples_errors=9),
        eval_row(2, task_id="a", task="beta", samples_errors=1),
        eval_row(3, task="alpha", model="mock/other", samples_done=4),
    )
    (shown,) = (await api.client.eval_sets()).items
    assert (shown.tasks, shown.models) == (("alpha", "beta"), ("mock/m", "mock/other"))
    assert (shown.evals, shown.status) == (2, "success")
    assert (shown.samples.done, shown.samples.total, shown.samples.errors) == (14, 20, 1)
    assert (shown.tokens.input, shown.tokens.output, shown.tokens.total) == (4, 2, 6)
    assert (shown.created_at, shown.completed_at) == (minutes(2), minutes(4))


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        (("success", "success"), "success"),
        (("success", "cancelled"), "cancelled"),
        (("cancelled", "error"), "error"),
        (("error", "started"), "started"),
    ],
)
async def test_an_eval_sets_status_is_what_is_under_way_then_what_went_worst(
    db: Database, api: ResultsApi, statuses: tuple[str, ...], status: str
) -> None:
    await add_evals(db, *(eval_row(n, status=one) for n, one in enumerate(statuses, 1)))
    (shown,) = (await api.client.eval_sets()).items
    assert shown.status == status
    assert (shown.completed_at is None) == (status == "started")


async def test_a_filter_leaves_what_an_eval_set_sums_up(db: Database, api: ResultsApi) -> None:
    await add_evals(db, eval_row(1, task="alpha"), eval_row(2, task="beta"), eval_row(3, eval_set="other"))
    (shown,) = (await api.client.eval_sets(search="ALPH bet")).items
    assert (shown.evals, shown.tasks) == (2, ("alpha", "beta"))
    assert (await api.client.eval_sets(search="alpha nothing")).items == ()
    assert await api.ids("/api/eval-sets", since="2026-01-01T00:02:00Z") == ["other"]


async def test_samples_show_their_eval_and_their_scores(db: Database, api: ResultsApi) -> None:
    await add_evals(db, eval_row(1, task="capitals", solver="react"))
    scores: dict[str, Any] = {"match": "C", "rubric": {"tone": 1, "length": None}, "n": 3}
    await add(
        db,
        sample_rows=[
            sample_row(1, sample_id="7", sample_id_is_integer=True, scores=scores, score=1.0, tokens_total=5),
            sample_row(2, sample_id="7", epoch=2, completed_at=None, uuid=None, error="boom", status="error"),
        ],
    )
    first, second = (await api.client.samples()).items
    assert (first.sample_id, second.sample_id) == (7, "7")
    assert (first.task, first.model, first.solver, first.eval_id) == ("capitals", "mock/m", "react", "eval-1")
    assert (first.scores, first.score, first.tokens.total) == (scores, 1.0, 5)
    assert (second.uuid, second.error, second.completed_at) == (None, "boom", None)


async def test_only_samples_that_count_are_shown(db: Database, api: ResultsApi) -> None:
    await add_evals(db, eval_row(1))
    await add(db, sample_rows=[sample_row(1, current=False), sample_row(2)])
    assert await api.ids("/api/samples") == ["id00000002"]
    assert await api.ids("/api/samples", superseded=True) == ["id00000002", "id00000001"]


async def test_every_filter_of_samples_holds(db: Database, api: ResultsApi) -> None:
    await add_evals(db, eval_row(1), eval_row(2, eval_set="other"))
    await add(
        db,
        sample_rows=[
            sample_row(1),
            sample_row(2, status="error"),
            sample_row(3, status="limit", limit="token", completed_at=None),
            sample_row(4, log=2, eval_set="other"),
        ],
    )

    async def found(**query: Any) -> list[int]:
        return [int(one[2:]) for one in await api.ids("/api/samples", **query)]

    assert await found() == [4, 2, 1, 3]
    assert await found(eval_set="set") == [2, 1, 3]
    assert await found(eval="eval-2") == [4]
    assert await found(status="limit") == [3]
    assert await found(since="2026-01-01T00:02:00Z") == [4, 2]
    assert await found(since="1m") == []
    assert await found(search="TOKEN") == [3]
    assert await found(eval_set="set", status="error", search="uuid2 mock") == [2]
    assert await found(sort="sample_id", total=True) == [1, 2, 3, 4]
    assert (await api.page("/api/samples", status="error", limit=1, total=True))["total"] == 1


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("100%", [1]),
        ("%", [1]),
        ("a_b", [2]),
        ("_", [2]),
        ("\\", [3]),
        ("/", [1, 2, 3, 4, 5]),
        ("ÉTÉ", [4]),
        ("été", [4]),
        ("o'clock \" ;--", [5]),
        ("  ", [1, 2, 3, 4, 5]),
        ("x" * 500, []),
        ("a " * 249, [2]),
    ],
)
async def test_a_search_takes_every_sign_for_itself(
    db: Database, api: ResultsApi, search: str, found: list[int]
) -> None:
    await add_evals(db, eval_row(1, model="mock/m", location="set/1.log", id="e", task="t"))
    names = ("100% sure", "A_b", "c\\d", "l'Été", "o'clock \" ;--")
    await add(db, sample_rows=[sample_row(n, sample_id=name, uuid=None) for n, name in enumerate(names, 1)])
    assert await api.ids("/api/samples", search=search, sort="sample_id") == sorted(
        (f"id{n:08}" for n in found), key=lambda one: names[int(one[2:]) - 1]
    )


async def test_scores_sort_by_value_and_none_comes_last(db: Database, api: ResultsApi) -> None:
    await add_evals(db, eval_row(1))
    values = [0.5, None, math.inf, -1.0, -math.inf]
    await add(db, sample_rows=[sample_row(n, sample_id=str(n), score=v) for n, v in enumerate(values)])
    for sort, order in (("score", [4, 3, 0, 2, 1]), ("-score", [2, 0, 3, 4, 1])):
        found: list[str] = []
        cursor: dict[str, str] = {}
        for _ in order:
            page = await api.page("/api/samples", sort=sort, limit=1, **cursor)
            found += [one["id"] for one in page["items"]]
            cursor = {"cursor": page["next"]}
        assert found == [f"id{n:08}" for n in order]
        assert cursor["cursor"] is None


async def test_what_a_request_gets_wrong_is_named(api: ResultsApi) -> None:
    client: HawkClient = api.client
    with pytest.raises(UsageFault, match="'yesterday' is neither an age nor a time"):
        await client.samples(since="yesterday")
    with pytest.raises(InvalidConfig) as wrong:
        await client.samples(status="done")
    assert wrong.value.problems[0].path == "status"
    answer = await api.get("/api/samples", sort="-colour")
    assert answer.status_code == 400
    assert "completed_at" in answer.json()["fix"]
    for search in ("x" * 501, "a\x00b"):
        assert (await api.get("/api/samples", search=search)).status_code == 422


@pytest.mark.parametrize("since", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:00:00-14:00", "9999w"])
@pytest.mark.parametrize("path", ["/api/eval-sets", "/api/evals", "/api/samples"])
async def test_the_ends_of_time_do_no_harm(api: ResultsApi, path: str, since: str) -> None:
    assert (await api.get(path, since=since)).status_code in {200, 400}


async def test_lists_are_empty_before_anything_ran(api: ResultsApi) -> None:
    for path in ("/api/eval-sets", "/api/evals", "/api/samples"):
        assert await api.page(path, total=True) == {"items": [], "next": None, "total": 0}


async def test_what_is_shown_is_brought_up_to_date_first(api: ResultsApi) -> None:
    await api.client.eval_sets()
    await api.client.evals(eval_set="a")
    await api.client.samples(eval_set="b")
    await api.client.samples()
    assert api.freshened == [None, "a", "b", None]
