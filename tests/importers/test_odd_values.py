"""Values that are JSON and yet nothing that a database holds: they cost themselves, or their sample."""

import json
import random
import zipfile
from pathlib import Path
from typing import Any

import pytest

from hawk.warehouse.tables.results import eval_models, evals, logs, samples, scores, unread_samples
from tests.importers.house import NAME, House, header, members, sample, write_archive

LOG = f"set/{NAME}"
LONG = "".join(map(chr, range(0x4E00, 0x4E00 + 5000)))
"""No database can make it shorter than an index wants it."""

DIGITS = b"1" * 5000

ODD: dict[str, dict[str, Any]] = {
    "a number beyond 64 bits": {"scores": {"m": {"value": 10**30, "metadata": {"big": -(10**30)}}}},
    "the same beside what is no number": {
        "scores": {"m": {"value": float("nan"), "metadata": {"b": 10**30}}}
    },
    "a time of work that no float holds": {
        "events": [{"event": "model", "working_time": 10**400}, {"event": "model", "working_time": 0.5}],
        "total_time": 10**400,
    },
    "arguments beyond 64 bits": {
        "messages": [
            {"role": "assistant", "tool_calls": [{"id": [1], "function": "f", "arguments": {"n": [10**30]}}]}
        ]
    },
    "a tool without a name": {"events": [{"event": "tool", "id": [2], "function": 3, "arguments": [1]}]},
    "a uuid without end": {"uuid": LONG},
    "a scorer without end": {"scores": {LONG: {"value": 1}}},
    "a model without end": {"model_usage": {LONG: {"input_tokens": 1}}},
    "the first and the last moment": {
        "started_at": "0001-01-01T00:00:00+00:00",
        "completed_at": "9999-12-31T23:59:59.999999+00:00",
    },
    "moments before and after all": {
        "started_at": "0001-01-01T00:00:00+14:00",
        "completed_at": "9999-12-31T23:59:59.999999-14:00",
    },
    "an end before its beginning": {"completed_at": "2020-01-01T00:00:00+00:00", "total_time": -3},
    "more than all money": {"model_usage": {"a": {"total_cost": 1e308}, "b": {"total_cost": 1e308}}},
}


@pytest.mark.parametrize("changes", ODD.values(), ids=ODD.keys())
def test_a_sample_with_an_odd_value_is_a_sample(changes: dict[str, Any], house: House) -> None:
    write_archive(house.evals / LOG, members(sample(1), sample(7, **changes)))
    assert house.sync().imported == 1
    assert len(house.rows(samples)) == 2


@pytest.mark.parametrize("field", ["eval_id", "task_id", "model", "eval_set_id"])
def test_a_name_without_end_is_cut(field: str, house: House) -> None:
    write_archive(house.evals / "top.eval", members(sample(1), head=header(eval={field: LONG})))
    assert house.sync().imported == 1
    assert len(house.rows(samples)) == 1
    names = {row["model"] for row in house.rows(eval_models)}
    assert house.rows(evals)[0]["model"] in names


def test_a_number_of_thousands_of_digits_costs_its_sample(house: House) -> None:
    odd = json.dumps(sample("odd", store={"n": "N"}, scores={"m": {"value": "N"}})).encode()
    content = odd.replace(b'"N"', DIGITS)
    write_archive(house.evals / LOG, members(sample(1)) | {"samples/odd_epoch_1.json": content})
    assert house.sync().failed == 1
    assert [row["sample_id"] for row in house.rows(samples)] == ["1"]


def test_an_id_without_end_costs_its_sample(house: House) -> None:
    write_archive(
        house.evals / LOG,
        {**members(sample(1), sample(LONG[:700])), f"samples/{LONG}_epoch_1.json": b"bad"},
    )
    assert house.sync().failed == 1
    assert len(house.rows(unread_samples)) == 2
    assert [row["sample_id"] for row in house.rows(samples)] == ["1"]


def test_moments_at_the_ends_of_time_are_read_wherever_the_server_is(
    postgres_url: str, tmp_path: Path
) -> None:
    for zone in ("Pacific/Kiritimati", "America/Los_Angeles"):
        house = House(tmp_path / zone, f"{postgres_url}?options=-c%20timezone%3D{zone.replace('/', '%2F')}")
        write_archive(
            house.evals / LOG, members(sample(1, **ODD["the first and the last moment"]), head=header())
        )
        house.sync()
        (row,) = house.rows(samples)
        assert (row["started_at"].year, row["completed_at"].year) == (1, 9999)


ANYTHING: list[Any] = [
    *(None, True, False, 0, -1, 1.5, 2**63, -(2**64), 10**30, 10**400, 1e400, float("nan"), ""),
    *("text", "NaN", "a\0b", "\ud83d", "\udc00x", LONG, "2026-13-45T99:00:00", "0001-01-01T00:00:00+14:00"),
    *([], [None], [[]], ["a", 1, {}], {}, {"": ""}, {"a\0": "\0"}, {"\ud800": [float("inf")]}, {LONG: 1}),
    *([{}], {"role": "user"}, {"type": "text", "text": 1}, {"event": "model"}, {"value": 10**400}),
    *("attachment://x", ["attachment://x"], [{"type": "text", "text": {"a": 10**400}}]),
]


def mutated(value: Any, rng: random.Random) -> Any:
    """The same data with one of its values, at any depth, being something else."""
    if rng.random() < 0.15 or not isinstance(value, dict | list) or not value:
        return rng.choice(ANYTHING)
    if isinstance(value, list):
        at = rng.randrange(len(value))
        return [mutated(one, rng) if number == at else one for number, one in enumerate(value)]
    chosen = rng.choice(list(value))
    return {name: mutated(one, rng) if name == chosen else one for name, one in value.items()}


def test_a_log_of_any_json_stops_nobody(house: House, real_logs: Path) -> None:
    """Each is imported, wholly or in part, or said to be no log; and the importer goes on."""
    (source,) = (real_logs / "mixed").glob("*.eval")
    import zipfile_zstd  # noqa: F401

    with zipfile.ZipFile(source) as archive:
        real = {
            name: json.loads(archive.read(name))
            for name in archive.namelist()
            if name.startswith("samples/") or name == "header.json"
        }
    rng = random.Random(20261124)
    for number in range(250):
        name = rng.choice([*real, "header.json"])
        odd = {**real, name: mutated(real[name], rng)}
        write_archive(house.evals / f"{number % 5}" / f"{number}.eval", odd, zipfile.ZIP_STORED)
    report = house.sync()
    assert report.imported + report.failed == 250
    assert len(house.rows(logs)) == 250
    assert report.imported > 100
    assert sum(row["state"] == "failed" for row in house.rows(logs)) < 100
    assert house.rows(scores)
