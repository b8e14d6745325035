"""Lists of samples, whatever is asked, are what plain Python makes of the same rows."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from hawk.auth.access import Access
from hawk.results.queries import drivers, sample_pages
from hawk.results.queries.sample_filter import SampleFilter
from hawk.results.queries.samples import list_samples
from hawk.results.types import Sample
from hawk.warehouse.engine import Database
from hawk.warehouse.eval_sets import show_models
from hawk.warehouse.model_sets import intern
from hawk.warehouse.tables.results import logs
from tests.results.api import EVERYTHING
from tests.results.seeding import add, add_evals, eval_row, minutes, sample_row

Row = dict[str, Any]

EVALS = [
    eval_row(1, task="alpha", model="mock/m", created_by="ada", solver="react"),
    eval_row(2, task="beta", model="mock/m", created_by="bob", eval_set="other"),
    eval_row(3, task="alpha", model="mock/other", created_by=None, id="eval-1"),
    eval_row(4, task="gamma%", model="token/é", created_by="ada", solver="Été"),
]
SORTS = ("completed_at", "score", "tokens", "sample_id", "epoch", "task", "solver", "total_time", "limit")


def sometimes(values: Sequence[Any]) -> st.SearchStrategy[Any]:
    return st.none() | st.sampled_from(values)


samples = st.lists(
    st.fixed_dictionaries(
        {
            "log_id": st.sampled_from([1, 2, 3, 4]),
            "sample_id": st.sampled_from(["a", "Alpha-7", "été", "10%", "x_y", "shared-1"]),
            "epoch": st.integers(1, 3),
            "current": st.sampled_from([True, True, True, False]),
            "score": sometimes([0.0, 0.5, 1.0, -1.5]),
            "completed_at": st.none() | st.integers(0, 4).map(minutes),
            "tokens_total": st.sampled_from([0, 5, 2**40]),
            "total_time": sometimes([0.5, 2.0]),
            "ending": st.sampled_from(
                [
                    ("success", None, None),
                    ("error", "TimeoutError: no Sandbox", None),
                    ("limit", None, "token"),
                ]
            ),
            "invalidated_at": sometimes([minutes(9)]),
            "scores": st.sampled_from([{}, {"match": 1}, {"match": 1, "judge": "C"}]),
        }
    ),
    max_size=16,
)
filters = st.fixed_dictionaries(
    {},
    optional={
        "eval_set": st.sampled_from(["set", "other", "none"]),
        "eval_id": st.sampled_from(["eval-1", "eval-2", "eval-9"]),
        "task": st.sampled_from(["alpha", "gamma%", "nothing"]),
        "model": st.sampled_from(["mock/m", "mock/other"]),
        "solver": st.sampled_from(["react", "Été"]),
        "created_by": st.sampled_from(["ada", "bob", "eve"]),
        "status": st.sampled_from(["success", "error", "limit"]),
        "limit": st.sampled_from(["token", "time"]),
        "sample_id": st.sampled_from(["a", "10%", "Alpha-7"]),
        "epoch": st.integers(0, 3),
        "score_min": st.sampled_from([-2.0, 0.5]),
        "score_max": st.sampled_from([0.5, 1.0]),
        "since": st.integers(0, 4).map(minutes),
        "until": st.integers(0, 5).map(minutes),
        "invalidated": st.booleans(),
        "scorer": st.sampled_from(["match", "judge", "none"]),
        "superseded": st.booleans(),
        "search": st.lists(
            st.sampled_from(
                ["ALPHA", "mock", "été", "%", "x_y", "token", "sandbox", "uuid1", "e", "set", "-7"]
            ),
            max_size=3,
        ).map(" ".join),
    },
)


def wanted_of(row: Row, one: Row, asked: Row) -> bool:
    """Whether a filter takes a sample of an eval, said once more and slowly."""
    equal = {
        "eval_set": row["eval_set_id"],
        "eval_id": one["id"],
        **{name: one[name] for name in ("task", "model", "solver", "created_by")},
        **{name: row[name] for name in ("status", "limit", "sample_id", "epoch")},
        "invalidated": row["invalidated_at"] is not None,
    }
    ranges: list[tuple[str, Any, Callable[[Any, Any], bool]]] = [
        ("score_min", row["score"], lambda value, bound: value >= bound),
        ("score_max", row["score"], lambda value, bound: value <= bound),
        ("since", row["completed_at"], lambda value, bound: value >= bound),
        ("until", row["completed_at"], lambda value, bound: value < bound),
    ]
    return (
        (row["current"] or asked.get("superseded", False))
        and all(asked[name] == value for name, value in equal.items() if name in asked)
        and all(v is not None and holds(v, asked[name]) for name, v, holds in ranges if name in asked)
        and ("scorer" not in asked or asked["scorer"] in row["scores"])
        and all(_has(row, one, term) for term in asked.get("search", "").split())
    )


def _has(row: Row, one: Row, term: str) -> bool:
    texts = [row[name] for name in ("sample_id", "error", "limit")]
    texts += [one[name] for name in ("id", "task", "model", "solver", "location", "eval_set_id")]
    return row["uuid"].startswith(term) or any(term.lower() in (text or "").lower() for text in texts)


def rows_of(drawn: Sequence[Row]) -> list[Row]:
    found: list[Row] = []
    for number, values in enumerate(drawn):
        status, error, limit = values["ending"]
        own = {name: value for name, value in values.items() if name != "ending"}
        one = EVALS[values["log_id"] - 1]
        # One log has each sample and epoch once.
        own["sample_id"] += "" if _first(found, own) else f" {number}"
        more = {"eval_set_id": one["eval_set_id"], "status": status, "error": error, "limit": limit}
        found.append(sample_row(number) | own | more)
    return found


def _first(found: Sequence[Row], own: Row) -> bool:
    key = ("log_id", "sample_id", "epoch")
    return all([one[name] for name in key] != [own[name] for name in key] for one in found)


def ordered(rows: list[Row], sort: str) -> list[str]:
    """By the key, those without it last, then by the number of the row."""
    name = sort.removeprefix("-")

    def key(row: Row) -> Any:
        one = EVALS[row["log_id"] - 1]
        return {**row, "tokens": row["tokens_total"], "task": one["task"], "solver": one["solver"]}[name]

    valued = sorted(
        (row for row in rows if key(row) is not None),
        key=lambda row: (_place(key(row)), row["pk"]),
        reverse=sort.startswith("-"),
    )
    others = sorted((row for row in rows if key(row) is None), key=lambda row: row["pk"])
    return [row["id"] for row in [*valued, *(others[::-1] if sort.startswith("-") else others)]]


async def access_to(db: Database, seen: set[int]) -> Access:
    """Each log has a model of its own; who has those of ``seen`` asks."""
    numbers: dict[int, int] = {}
    async with db.write() as conn:
        for one in EVALS:
            log_id = one["log_id"]
            await show_models(conn, log_id, one["eval_set_id"], frozenset({f"model-{log_id}"}))
            numbers[log_id] = await intern(conn, [f"model-{log_id}"])
    return Access(name="eve", sets=tuple(numbers[log_id] for log_id in seen))


def _place(value: Any) -> Any:
    return value.encode() if isinstance(value, str) else value


async def listed(db: Database, asked: Row, sort: str, limit: int) -> list[Sample]:
    found: list[Sample] = []
    cursor, more, number = None, True, 0
    while more:
        async with db.read() as conn:
            page = await list_samples(
                conn,
                SampleFilter(**asked),
                sort=sort,
                cursor=cursor,
                limit=limit,
                total=cursor is None,
            )
        found += page.items
        number = page.total if page.total is not None else number
        cursor, more = page.next, page.next is not None
    assert number == len(found)
    return found


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(
    samples,
    filters,
    st.sampled_from(SORTS),
    st.booleans(),
    st.integers(1, 17),
    st.sampled_from([0, 2, 50_000]),
    st.sampled_from([0, 3]),
    st.sampled_from([1, 4_000]),
    st.none() | st.sets(st.integers(1, 4)),
)
async def test_any_list_is_what_python_makes_of_the_rows(
    db: Database,
    drawn: list[Row],
    asked: Row,
    sort: str,
    descending: bool,
    limit: int,
    few: int,
    small: int,
    first: int,
    seen: set[int] | None,
) -> None:
    """Whichever way the rows are found, and whichever logs may be seen: the bounds that decide it are moved."""
    rows, sort = rows_of(drawn), f"-{sort}" if descending else sort
    async with db.write() as conn:
        await conn.execute(delete(logs))
    await add_evals(db, *EVALS)
    await add(db, sample_rows=rows)
    access = EVERYTHING if seen is None else await access_to(db, seen)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drivers, "FEW", few)
        patch.setattr(drivers, "_MOST_OF_A_TERM", few)
        patch.setattr(drivers, "_SMALL", small)
        patch.setattr(sample_pages, "FIRST", first)
        found = await listed(db, {"access": access, **asked}, sort, limit)
    expected = [row for row in rows if wanted_of(row, EVALS[row["log_id"] - 1], asked)]
    expected = [row for row in expected if seen is None or row["log_id"] in seen]
    assert [one.id for one in found] == ordered(expected, sort)
