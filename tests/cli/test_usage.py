"""``hawk usage``, from what the API answers."""

from __future__ import annotations

from typing import Any

from hawk.results.usage.types import Usage, UsageReport, UsageTokens
from tests.cli.conftest import Api, Hawk


def used(**more: Any) -> Usage:
    values: dict[str, Any] = {
        "evals": 2,
        "samples": 1000,
        "tokens": UsageTokens(input=1000, output=234, total=1234),
        "cost": None,
        "evals_without_cost": 0,
    }
    return Usage(**{**values, **more})


def test_a_line_for_each_group_and_one_for_all(api: Api, hawk: Hawk) -> None:
    cached = UsageTokens(input=1, output=2, total=9, cache_read=6)
    items = (used(model="m", day="2026-01-02", cost=1.5), used(model="n", day="2026-01-01", tokens=cached))
    overall = used(cost=1.5, evals=4, evals_without_cost=1)
    api.on("GET", "/api/usage", UsageReport(("model", "day"), items, overall))
    done = hawk("usage", "--by", "model", "--by", "day", "--since", "2d", "--model", "x")
    head, first, second, everything = [line.split() for line in done.out.splitlines()]
    assert head == (["MODEL", "DAY", "EVALS", "SAMPLES", "INPUT", "CACHE", "READ", "OUTPUT", "TOTAL", "COST"])
    assert first == ["m", "2026-01-02", "2", "1,000", "1,000", "0", "234", "1,234", "$1.50"]
    assert second == ["n", "2026-01-01", "2", "1,000", "1", "6", "2", "9", "-"]
    assert everything == ["all", "4", "1,000", "1,000", "0", "234", "1,234", "$1.50"]
    assert (
        done.err.strip() == "Of 1 of 4 evals the cost isn't known: their logs and hawk.toml have no prices."
    )
    (request,) = api.asked("GET", "/api/usage")
    assert request.url.params.get_list("by") == ["model", "day"]
    assert (request.url.params["since"], request.url.params["model"]) == ("2d", "x")


def test_one_group_needs_no_sum_and_an_unknown_user_is_a_dash(api: Api, hawk: Hawk) -> None:
    api.on("GET", "/api/usage", UsageReport(("user",), (used(),), used()))
    head, only = hawk("usage", "--by", "user").out.splitlines()
    assert (head.split()[0], only.split()[0]) == ("USER", "-")


def test_nothing_used_is_said(api: Api, hawk: Hawk) -> None:
    api.on("GET", "/api/usage", UsageReport(("model",), (), used(evals=0)))
    done = hawk("usage")
    assert (done.out, done.err.strip()) == ("", "No such evals on this machine.")


def test_json_is_the_apis(api: Api, hawk: Hawk) -> None:
    api.on("GET", "/api/usage", UsageReport(("task",), (used(task="t"),), used()))
    shown = hawk("usage", "--json").json()
    assert (shown["items"][0]["task"], shown["overall"]["tokens"]["total"]) == ("t", 1234)


def test_a_grouping_that_there_is_not_is_a_usage_error(api: Api, hawk: Hawk) -> None:
    assert "colour" in hawk("usage", "--by", "colour", code=2).err
