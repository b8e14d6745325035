"""What is stored of a release's logs is, value for value, what Inspect's own reader says of them."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table

from hawk.warehouse.tables.results import eval_models, eval_usage, evals, sample_usage, samples, scores
from tests.importers.formats.oracle.evals import called_models, eval_row, eval_usage_rows
from tests.importers.formats.oracle.samples import completed, sample_row, sample_usage_rows
from tests.importers.formats.oracle.scores import score_rows
from tests.importers.formats.oracle.text import searchable
from tests.importers.formats.stored_text import stored_text
from tests.importers.house import House

OF_THE_DATABASE = {"pk", "log_id", "sample_pk", "model"}
"""Numbers that a database gives, and names that rows are found by."""


def test_every_stored_value_is_what_inspect_reads(house: House, release_logs: Path) -> None:
    for folder in release_logs.iterdir():
        shutil.copytree(folder, house.evals / folder.name)
    agree(house)


@pytest.mark.parametrize("folder", ["mixed", "plain", "growing", "retried", "edited"])
def test_it_is_so_in_logs_of_the_installed_release(folder: str, house: House, real_logs: Path) -> None:
    shutil.copytree(real_logs / folder, house.evals / "set")
    agree(house)


def agree(house: House) -> None:
    """Import all logs and compare all rows."""
    from inspect_ai.log import read_eval_log

    report = house.sync()
    stored = {row["location"]: row for row in house.rows(evals)}
    assert report.imported == len(stored) > 0
    for location, row in stored.items():
        log = read_eval_log(str(house.evals / location), resolve_attachments=True)
        same(evals, row, eval_row(log, location))
        same_usage(eval_usage, of(house, eval_usage, log_id=row["log_id"]), eval_usage_rows(log))
        models = {one["model"] for one in of(house, eval_models, log_id=row["log_id"])}
        assert models == called_models(log)
        same_samples(house, row, log)


def same_samples(house: House, row: Mapping[str, Any], log: Any) -> None:
    rows = of(house, samples, log_id=row["log_id"])
    stored = {(one["sample_id"], one["epoch"]): one for one in rows}
    assert stored.keys() == {(str(one.id), one.epoch) for one in log.samples}
    texts = stored_text(house)
    for sample in log.samples:
        found = stored[str(sample.id), sample.epoch]
        expected = sample_row(log, sample) | {"eval_set_id": row["eval_set_id"]}
        same(samples, found, expected, {"id", "text_size", "current"})
        told = score_rows(log, sample, completed(sample))
        said = sorted(of(house, scores, sample_pk=found["pk"]), key=lambda one: one["position"])
        assert len(said) == len(told)
        for one, score in zip(said, told, strict=True):
            same(scores, one, score)
        missing = {(what, text) for what, text in searchable(sample) if text not in texts[found["pk"]]}
        assert not missing, "text that a search doesn't find"
        same_usage(sample_usage, of(house, sample_usage, sample_pk=found["pk"]), sample_usage_rows(sample))


def same_usage(table: Table, rows: list[dict[str, Any]], expected: Mapping[str, Mapping[str, Any]]) -> None:
    stored = {row["model"]: row for row in rows}
    assert stored.keys() == expected.keys()
    for model, row in stored.items():
        same(table, row, expected[model])


def same(
    table: Table, row: Mapping[str, Any], expected: Mapping[str, Any], apart: set[str] = frozenset()
) -> None:
    """Every column of the table is one that is expected, and has the value."""
    compared = set(table.c.keys()) - OF_THE_DATABASE - apart | ({"model"} & expected.keys())
    assert compared == expected.keys(), f"columns of {table.name} that the test doesn't know"
    found = {name: row[name] for name in compared}
    wrong = {
        name: (found[name], expected[name]) for name in sorted(compared) if found[name] != expected[name]
    }
    assert not wrong, f"{table.name}: stored and read differ"


def of(house: House, table: Table, **which: Any) -> list[dict[str, Any]]:
    return [row for row in house.rows(table) if all(row[name] == value for name, value in which.items())]
