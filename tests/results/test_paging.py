"""Pages: every row exactly once, in one order, whatever else is written meanwhile."""

import base64
from itertools import islice
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from hawk.errors import UsageFault
from hawk.results.keyset import Order
from hawk.results.queries.sample_filter import SampleFilter
from hawk.results.queries.sample_orders import order_of
from hawk.results.queries.samples import list_samples
from hawk.warehouse.engine import Database
from hawk.warehouse.tables.results import logs
from tests.results.api import EVERYTHING, ResultsApi
from tests.results.seeding import add, add_evals, eval_row, log_row, minutes, sample_row

ONE_DATABASE = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40
)
SORTS = ("completed_at", "score", "sample_id", "epoch", "tokens", "limit", "task", "total_time", "solver")


async def ids_of_all_pages(db: Database, *, sort: str, limit: int, between: Any = None) -> list[str]:
    found: list[str] = []
    cursor: str | None = None
    while True:
        async with db.read() as conn:
            page = await list_samples(
                conn, SampleFilter(access=EVERYTHING), sort=sort, cursor=cursor, limit=limit, total=False
            )
        assert len(page.items) <= limit
        found += [one.id for one in page.items]
        if (cursor := page.next) is None:
            return found
        assert len(page.items) == limit
        if between is not None:
            await between()


async def emptied(db: Database) -> None:
    async with db.write() as conn:
        await conn.execute(delete(logs))
    await add_evals(db, eval_row(1, solver=None), eval_row(2, task="other", solver="s"))


rows = st.lists(
    st.fixed_dictionaries(
        {
            "score": st.none() | st.sampled_from([0.0, 0.5, 1.0, -1.5, 1e300]),
            "completed_at": st.none() | st.integers(0, 3).map(minutes),
            "sample_id": st.sampled_from(["a", "b", "1", "é", "x y"]),
            "limit": st.none() | st.sampled_from(["token", "time"]),
            "tokens_total": st.integers(0, 2**40),
            "total_time": st.none() | st.floats(0, 9),
            "log_id": st.sampled_from([1, 2]),
        }
    ),
    max_size=14,
)


@ONE_DATABASE
@given(
    rows,
    st.sampled_from(SORTS),
    st.booleans(),
    st.integers(1, 15),
)
async def test_pages_of_any_size_are_the_whole_list_in_order(
    db: Database, rows: list[dict[str, Any]], sort: str, descending: bool, limit: int
) -> None:
    await emptied(db)
    await add(db, sample_rows=[sample_row(n) | row | {"epoch": n} for n, row in enumerate(rows)])
    name = f"-{sort}" if descending else sort
    whole = await ids_of_all_pages(db, sort=name, limit=500)
    assert await ids_of_all_pages(db, sort=name, limit=limit) == whole
    assert sorted(whole) == sorted(sample_row(n)["id"] for n in range(len(rows)))
    keys = {sample_row(n)["id"]: row.get(sort) for n, row in enumerate(rows)}
    if sort in {"score", "total_time", "completed_at"}:
        shown = [keys[one] for one in whole]
        valued = [one for one in shown if one is not None]
        assert shown == sorted(valued, reverse=descending) + [None] * (len(shown) - len(valued))


values = st.none() | st.sampled_from([0.0, 1.0, 2.0])


def valued(number: int, score: float | None) -> dict[str, Any]:
    time = None if score is None else minutes(score)
    return sample_row(number, epoch=number, score=score, completed_at=time)


@ONE_DATABASE
@given(
    st.integers(1, 7),
    st.sampled_from(["-completed_at", "score", "-score"]),
    st.lists(values, min_size=9, max_size=9),
    st.lists(values, max_size=9),
)
async def test_rows_that_come_meanwhile_move_none(
    db: Database, limit: int, sort: str, before: list[float | None], coming: list[float | None]
) -> None:
    await emptied(db)
    # Ids of what comes lie before, between and behind those that are there.
    there = [valued(2 * n + 1, score) for n, score in enumerate(before)]
    await add(db, sample_rows=there)
    later = iter([valued(2 * n, score) for n, score in enumerate(coming)])

    async def insert() -> None:
        await add(db, sample_rows=list(islice(later, 1)))

    found = await ids_of_all_pages(db, sort=sort, limit=limit, between=insert)
    assert len(found) == len(set(found))
    assert {one["id"] for one in there} <= set(found)


async def test_five_thousand_samples_are_paged_whole(db: Database) -> None:
    await emptied(db)
    many = [sample_row(n, completed_at=minutes(n % 7) if n % 5 else None) for n in range(5000)]
    await add(db, sample_rows=many)
    found = await ids_of_all_pages(db, sort="-completed_at", limit=333)
    assert len(found) == 5000
    assert set(found) == {one["id"] for one in many}


async def test_evals_and_eval_sets_are_paged_whole(db: Database, api: ResultsApi) -> None:
    await add_evals(
        db, *(eval_row(n, eval_set=f"set-{n % 9}", created_at=minutes(n % 4)) for n in range(1, 61))
    )
    await add(db, log_rows=[log_row(n, eval_set="broken", state="failed", error="no zip") for n in (70, 71)])
    for path, number in (("/api/evals", 62), ("/api/eval-sets", 10)):
        found: list[str] = []
        query: dict[str, Any] = {}
        while True:
            page = await api.page(path, limit=7, total=True, **query)
            assert page["total"] == number
            found += [one["id"] for one in page["items"]]
            if page["next"] is None:
                break
            query = {"cursor": page["next"]}
        assert len(found) == len(set(found)) == number


PATHS = ("/api/eval-sets", "/api/evals", "/api/samples")


def as_cursor(value: Any) -> str:
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(value)).decode()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "%%%",
        "é",
        as_cursor(None),
        as_cursor(["samples -score", 1.0, "x"]),
        as_cursor(["evals", None, "x"]),
    ],
)
async def test_a_made_up_cursor_is_a_bad_request(api: ResultsApi, path: str, cursor: str) -> None:
    answer = await api.get(path, cursor=cursor)
    assert answer.status_code == 400
    assert answer.json()["detail"] == "The cursor is not one that this list gave."


keys = (
    st.none()
    | st.integers()
    | st.floats()
    | st.text(max_size=4)
    | st.datetimes()
    | st.sampled_from(["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "a\x00"])
)


@ONE_DATABASE
@given(st.sampled_from(["", "-"]), st.sampled_from(SORTS), keys, st.text(max_size=3))
async def test_a_forged_cursor_is_refused_or_a_place_in_the_list(
    db: Database, sign: str, sort: str, key: Any, tie: str
) -> None:
    try:
        cursor = as_cursor((f"samples {sign}{sort}", key, tie))
    except OverflowError:
        return
    async with db.read() as conn:
        try:
            await list_samples(
                conn,
                SampleFilter(access=EVERYTHING),
                sort=f"{sign}{sort}",
                cursor=cursor,
                limit=5,
                total=False,
            )
        except UsageFault as error:
            assert "cursor" in error.message


@given(st.binary(max_size=40))
def test_any_bytes_as_a_cursor_are_refused(noise: bytes) -> None:
    order: Order = order_of("-score")
    with pytest.raises(UsageFault):
        list(order.stretches(base64.urlsafe_b64encode(noise).decode()))


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("limit", [0, -1, 501, "many"])
async def test_a_limit_out_of_bounds_is_named(api: ResultsApi, path: str, limit: Any) -> None:
    answer = await api.get(path, limit=limit)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"] == "limit"
