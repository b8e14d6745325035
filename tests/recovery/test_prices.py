"""Prices of hawk.toml: every way to import counts by them, and a rebuild takes new ones over."""

from __future__ import annotations

import json
from typing import Any

from tests.importers.house import NAME, header, members, sample, write_archive
from tests.worker.conftest import Site

MILLION = {"input_tokens": 1_000_000, "output_tokens": 0, "total_tokens": 1_000_000}
PRICE = '[prices."mock/m"]\ninput = {}\noutput = 0\n'


def cost(site: Site) -> float | None:
    return json.loads(site.hawk("usage", "--json").stdout)["overall"]["cost"]


def three(eval_id: str) -> dict[str, Any]:
    made = (sample(n, model_usage={"mock/m": MILLION}, uuid=f"{eval_id}-{n}") for n in range(3))
    return members(*made, head=header(eval={"eval_id": eval_id}))


def test_commands_workers_and_rebuilds_count_alike(site: Site) -> None:
    site.configure(PRICE.format(3))
    write_archive(site.evals / "looked-at" / NAME, three("e1"))
    assert cost(site) == 9.0
    write_archive(site.evals / "worked-on" / NAME, three("e2"))
    site.hawk("worker", "--once")
    assert cost(site) == 18.0
    site.hawk("db", "check", "--deep")
    before = site.rows()
    site.hawk("db", "rebuild", "--yes")
    assert site.rows() == before


def test_new_prices_count_after_a_rebuild(site: Site) -> None:
    write_archive(site.evals / "set" / NAME, members(sample(1, model_usage={"mock/m": MILLION})))
    assert cost(site) is None
    site.configure(PRICE.format(2.5))
    assert cost(site) is None
    told = site.hawk("db", "check", "--deep", code=1).stdout
    assert "cost is None, and should be 2.5" in told
    site.hawk("db", "rebuild", "--yes")
    assert cost(site) == 2.5


def test_what_is_imported_in_the_background_has_costs_too(site: Site) -> None:
    site.configure(PRICE.format(1))
    heavy = sample(1, model_usage={"mock/m": MILLION}, metadata={"x": "y" * (65 << 20)})
    write_archive(site.evals / "set" / NAME, members(heavy))
    site.hawk("list", "eval-sets")
    site.until(lambda: cost(site) == 1.0)
