"""Whatever is asked, a caller is told of just what its models allow."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar.routes import HTTPRoute

from hawk.auth.caller import Caller
from hawk.auth.permission import Permission, permission_of
from tests.auth.shared_house import SharedHouse, shared_house

A, B, C, D = "openai/a", "b/b", "mock/c", "d"
FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Log(msgspec.Struct, frozen=True):
    """What is known of a log without Hawk: whose it is, and the models of all that it is shown with."""

    eval_set: str
    name: str
    models: frozenset[str] | None
    owner: str | None
    of_job: bool
    samples: int


def log(eval_set: str, name: str, models: str | None, owner: str | None, samples: int) -> Log:
    known = None if models is None else frozenset(models.split())
    return Log(eval_set, name, known, owner, eval_set.startswith("job"), samples)


LOGS = (
    log("job-1", "one", f"{A} {B}", "ann", 1),
    log("job-1", "two", f"{A} {B}", "ann", 2),
    log("job-2", "three", C, "bob", 1),
    log("theirs-1", "four", D, "ann", 1),
    log("theirs-1", "five", A, "ann", 1),
    log("theirs-2", "six", f"{B} {D}", "bob", 2),
    log("theirs-2", "broken", None, "bob", 0),
    log("old", "seven", f"{A} {C}", None, 1),
    log("old", "eight", f"{C}", None, 1),
    log("older", "nine", "", None, 1),
)
JOBS = {"job-1": ("ann", f"{A} {B}"), "job-2": ("bob", C), "job-3": ("ann", D), "job-4": ("bob", None)}


@pytest.fixture
async def house(tmp_path: Path, database_url: str) -> AsyncIterator[SharedHouse]:
    async with shared_house(tmp_path, database_url) as opened:
        await fill(opened)
        yield opened


async def fill(house: SharedHouse) -> None:
    await house.job("job-1", "ann", A)
    await house.job("job-2", "bob")
    await house.job("job-3", "ann", D)
    await house.job("job-4", "bob")
    await house.claim("theirs-1", "ann")
    await house.claim("theirs-2", "bob")
    house.log("job-1", "one", A)
    house.log("job-1", "two", A, B)
    house.log("job-2", "three", C)
    house.log("theirs-1", "four", D)
    house.log("theirs-1", "five", A)
    house.log("theirs-2", "six", B, D)
    house.broken("theirs-2", "broken")
    house.log("old", "seven", A)
    house.log("old", "eight", C)
    (house.evals / "old" / ".models.json").write_text(f'{{"model_names": ["{C}"]}}')
    house.log("older", "nine", "none/none")
    await house.sync()


Groups = dict[str, frozenset[str]]
groups = st.frozensets(st.sampled_from(["g", "h"]))
maps = st.dictionaries(st.sampled_from([A, B, C, D]), groups)
callers = st.builds(
    Caller,
    name=st.sampled_from(["ann", "bob", "eve"]),
    groups=groups,
    admin=st.integers(0, 9).map(lambda number: number == 0),
)


def sees(who: Caller, known: Groups, one: Log) -> bool:
    if who.admin:
        return True
    mine = one.owner == who.name
    if one.models is None:
        return mine
    if any(model in known and not known[model] <= who.groups for model in one.models):
        return False
    return one.models <= known.keys() or (mine and not one.of_job)


def sees_job(who: Caller, known: Groups, job_id: str) -> bool:
    owner, models = JOBS[job_id]
    return sees(who, known, log(job_id, "", models, owner, 0))


@FEW
@given(maps, callers)
async def test_all_routes_tell_of_the_same(house: SharedHouse, known: Groups, who: Caller) -> None:
    house.said.say(known)
    mine = [one for one in LOGS if sees(who, known, one)]
    read = [one for one in mine if one.name != "broken"]
    evals = await house.page("/api/evals", who, total=True)
    names = {one["id"] for one in evals["items"]}
    assert {name.split("_")[1] if "/" in name else name for name in names} == {one.name for one in mine}
    assert evals["total"] == len(mine)

    samples = await house.page("/api/samples", who, total=True)
    assert {one["eval_id"] for one in samples["items"]} == {one.name for one in read}
    assert samples["total"] == len(samples["items"]) == sum(one.samples for one in read)

    sets = await house.page("/api/eval-sets", who, total=True)
    assert {one["id"]: one["evals"] for one in sets["items"]} == {
        name: sum(one.eval_set == name for one in mine) for name in {one.eval_set for one in mine}
    }
    assert sets["total"] == len(sets["items"])

    facets = await house.page("/api/facets", who)
    assert {one["value"] for one in facets["tasks"]} == {one.name for one in read}
    assert {one["value"] for one in facets["eval_sets"]} == {one.eval_set for one in read}

    usage = await house.page("/api/usage", who, by=["eval-set", "task"])
    assert {(one["eval_set_id"], one["task"]) for one in usage["items"]} == {
        (one.eval_set, one.name) for one in read
    }
    assert usage["overall"]["tokens"]["total"] == 3 * sum(one.samples for one in read)

    hits = await house.page("/api/search", who, q="needle", total=True)
    assert {one["eval_id"] for one in hits["items"]} == {one.name for one in read}
    assert hits["total"] == len(hits["items"]) == sum(one.samples for one in read)

    jobs = await house.page("/api/jobs", who, total=True)
    assert {one["id"] for one in jobs["items"]} == {one for one in JOBS if sees_job(who, known, one)}
    assert jobs["total"] == len(jobs["items"])


@FEW
@given(maps, callers, st.sampled_from(["one", "three", "six", "eve", "mock/c", "d", "needle"]))
async def test_searches_and_pages_of_lists(
    house: SharedHouse, known: Groups, who: Caller, search: str
) -> None:
    """What can't be seen is found by nothing that stands in it, and fills no page."""
    house.said.say(known)
    everything = Caller(name="root", admin=True)
    mine = {one.name for one in LOGS if sees(who, known, one)}
    for path, name in (("/api/evals", "id"), ("/api/samples", "eval_id")):
        all_of_them = await house.page(path, everything, search=search)
        found, cursor = [], None
        while cursor or not found:
            given = {"cursor": cursor} if cursor else {}
            page = await house.page(path, who, search=search, limit=1, total=True, **given)
            found += page["items"] or [None]
            cursor = page["next"]
            assert page["total"] == len([one for one in all_of_them["items"] if _name(one[name]) in mine])
        shown = [one for one in found if one is not None]
        assert [one["id"] for one in shown] == [
            one["id"] for one in all_of_them["items"] if _name(one[name]) in mine
        ]
    sets = await house.page("/api/eval-sets", who, search=search)
    seen = {one.eval_set for one in LOGS if one.name in mine}
    assert {one["id"] for one in sets["items"]} <= seen
    if search == C:
        assert {one["id"] for one in sets["items"]} == {
            one.eval_set for one in LOGS if one.name in mine & {"three", "eight"}
        }


def _name(shown: str) -> str:
    return shown.split("_")[1] if "/" in shown else shown


def lists_of(house: SharedHouse) -> list[str]:
    """Every route that any user may read, and that is about no one thing."""
    return sorted(
        {
            route.path
            for route in house.app.routes
            if isinstance(route, HTTPRoute) and "{" not in route.path
            for handler in route.route_handlers
            if "GET" in handler.http_methods and permission_of(handler.opt) is Permission.LOGIN
        }
    )


NEEDED = {"/api/search": {"q": "needle"}, "/api/compare": {"id": ["job-1", "theirs-1"]}}
MADE_UP = {"/api/compare"}
"""Lists that say no to ids that aren't there."""


async def test_who_may_see_nothing_is_told_of_nothing_by_any_list(house: SharedHouse) -> None:
    """A list that forgets to ask what its caller may see fails here, whatever it is of."""
    house.said.say({A: frozenset("g"), B: frozenset("g"), C: frozenset("g"), D: frozenset("g")})
    root, eve = Caller(name="root", admin=True), Caller(name="eve")
    paths = lists_of(house)
    assert {"/api/evals", "/api/jobs", "/api/models", *NEEDED} <= set(paths)
    words = {*JOBS, A, B, C, *(one.eval_set for one in LOGS), *(f"_{one.name}_" for one in LOGS)} - {
        "older",
        "_nine_",
    }
    told_root = ""
    for path in paths:
        shown, hidden = [await house.get(path, who, **NEEDED.get(path, {})) for who in (root, eve)]
        assert shown.status_code == 200, shown.text
        assert hidden.status_code == (404 if path in MADE_UP else 200)
        body = hidden.text.replace("older", "") if path not in MADE_UP else ""
        assert [word for word in words if word in body] == [], path
        told_root += shown.text
    assert [word for word in words if word not in told_root] == []


@settings(FEW, max_examples=12)
@given(maps, callers)
async def test_single_things_and_files(house: SharedHouse, known: Groups, who: Caller) -> None:
    house.said.say(known)
    for one in LOGS:
        shown = sees(who, known, one)
        location = f"{one.eval_set}/2026-01-01T00-00-00+00-00_{one.name}_abc.eval"
        answers = [await house.get(f"/api/logs/{location}", who)]
        if one.samples:
            parts = [f"/api/samples/{one.name}-0{part}" for part in ("", "/raw", "/transcript")]
            answers += [await house.get(part, who) for part in parts]
        assert {answer.status_code for answer in answers} == {200 if shown else 404}, one
    for eval_set in {one.eval_set for one in LOGS}:
        mine = [one.name for one in LOGS if one.eval_set == eval_set and sees(who, known, one)]
        listed = await house.get(f"/api/eval-sets/{eval_set}/logs", who)
        assert listed.status_code == (200 if mine else 404)
        names = [one["log"].split("_")[1] for one in listed.json()["items"]] if mine else []
        assert sorted(names) == sorted(mine)
    readable = {one.eval_set: one for one in LOGS if one.samples and sees(who, known, one)}
    for first, second in (("job-1", "old"), ("theirs-1", "theirs-2"), ("job-2", "older")):
        answer = await house.get("/api/compare", who, id=[first, second])
        assert answer.status_code == (200 if {first, second} <= readable.keys() else 404)
        if answer.status_code == 200:
            tasks = {arm["task"] for arm in answer.json()["items"]}
            assert tasks == {
                one.name
                for one in LOGS
                if one.eval_set in {first, second} and one.samples and sees(who, known, one)
            }
