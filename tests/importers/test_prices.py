"""What models cost whose logs don't tell, by the prices of the settings."""

from typing import Any

import pytest

from hawk.settings import ModelPrice
from hawk.warehouse.tables.results import eval_usage, evals, sample_usage, samples
from tests.importers.house import NAME, House, header, members, sample, write_archive

PRICES = {
    "mock/m": ModelPrice(input=1.0, output=10.0, cache_read=0.1, cache_write=2.0),
    "mock/plain": ModelPrice(input=1.0, output=10.0),
}
MILLION = 1_000_000


def tokens(million: float = 1, **more: Any) -> dict[str, Any]:
    """So many million tokens of input, and as many of output."""
    count = int(million * MILLION)
    return {"input_tokens": count, "output_tokens": count, "total_tokens": 2 * count, **more}


def costs(house: House, head: dict[str, Any] | None, *used: dict[str, Any], running: bool = False) -> None:
    made = [sample(number, model_usage=one) for number, one in enumerate(used, 1)]
    write_archive(house.evals / "set" / NAME, members(*made, head=head, running=running))
    assert house.sync(prices=PRICES).imported == 1


def of(house: House, table: Any) -> dict[str, float | None]:
    return {row["model"]: row["cost"] for row in house.rows(table)}


def test_each_kind_of_tokens_has_its_price(house: House) -> None:
    cached = tokens(input_tokens_cache_read=MILLION, input_tokens_cache_write=MILLION, reasoning_tokens=9)
    costs(house, None, {"mock/m": cached})
    assert of(house, sample_usage) == {"mock/m": pytest.approx(13.1)}
    assert house.rows(samples)[0]["cost"] == pytest.approx(13.1)
    assert of(house, eval_usage) == {"mock/m": pytest.approx(13.1)}
    assert house.rows(evals)[0]["cost"] == pytest.approx(13.1)


def test_a_logs_own_cost_wins_even_where_it_is_nothing(house: House) -> None:
    costs(house, None, {"mock/m": tokens(total_cost=0.0), "mock/plain": tokens()})
    assert of(house, sample_usage) == {"mock/m": 0.0, "mock/plain": pytest.approx(11.0)}
    assert house.rows(evals)[0]["cost"] == pytest.approx(11.0)


@pytest.mark.parametrize(
    ("model", "used"), [("mock/other", tokens()), ("mock/plain", tokens(input_tokens_cache_read=1))]
)
def test_where_a_price_is_missing_the_whole_is_not_known(house: House, model: str, used: Any) -> None:
    costs(house, None, {"mock/m": tokens(), model: used}, {"mock/m": tokens()})
    assert of(house, eval_usage) == {"mock/m": pytest.approx(22.0), model: None}
    assert sorted(str(row["cost"]) for row in house.rows(samples)) == ["11.0", "None"]
    assert house.rows(evals)[0]["cost"] is None


def test_sums_of_the_header_have_costs_and_roles_by_their_model(house: House) -> None:
    roles = {
        "grader": {"model": "mock/plain"},
        "judges": [{"model": "mock/m"}, {"model": "mock/plain"}],
        "critic": {"model": "mock/m"},
    }
    stats = {
        "model_usage": {"mock/m": tokens(), "mock/plain": tokens(2)},
        "role_usage": {
            "grader": tokens(),
            "judges": tokens(),
            "critic": tokens(total_cost=3),
            "who": tokens(),
        },
    }
    costs(house, header(eval={"model_roles": roles}, stats=stats), {"mock/m": tokens(0.5)})
    row = house.rows(evals)[0]
    assert of(house, eval_usage) == {"mock/m": pytest.approx(11.0), "mock/plain": pytest.approx(22.0)}
    assert row["cost"] == pytest.approx(33.0)
    assert {role: used["cost"] for role, used in row["role_usage"].items()} == {
        "grader": pytest.approx(11.0),
        "judges": None,
        "critic": 3.0,
        "who": None,
    }


def test_a_log_in_one_json_has_costs_too(house: House) -> None:
    import json

    path = house.evals / "2026-01-01T00-00-00+00-00_task_abc.json"
    path.write_text(json.dumps(header(samples=[sample(1, model_usage={"mock/m": tokens()})])))
    assert house.sync(prices=PRICES).imported == 1
    assert house.rows(evals)[0]["cost"] == house.rows(samples)[0]["cost"] == pytest.approx(11.0)
