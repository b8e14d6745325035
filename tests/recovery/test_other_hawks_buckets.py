"""Buckets that another Hawk wrote: logs among files of its own."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from hawk.warehouse.tables.results import eval_models
from tests.importers.house import NAME, House, header, members, sample, write_archive
from tests.worker.conftest import Site

CONFIG = """\
name: theirs
eval_set_id: null
tasks:
- package: git+https://github.com/UKGovernmentBEIS/inspect_evals
  name: inspect_evals
  items:
  - name: mbpp
    args: null
limit: 2
"""


def fill(site: Site) -> None:
    folder = site.evals / "theirs"
    write_archive(folder / NAME, members(sample(1)))
    write_archive(folder / NAME.replace(".eval", ".fast.eval"), members(sample(1), sample(2)))
    write_archive(folder / ".buffer" / "task" / "segment.1.eval", members(sample(3)))
    (folder / ".buffer" / "task" / "manifest.json").write_text("{}")
    (folder / "logs.json").write_text(json.dumps({NAME: header()}))
    (folder / "eval-set.json").write_text(json.dumps({"eval_set_id": "theirs", "tasks": []}))
    (folder / ".models.json").write_text(
        json.dumps({"model_names": ["mock/m", "secret/m"], "model_groups": ["model-access-secret"]})
    )
    (folder / ".config.yaml").write_text(CONFIG)
    write_archive(site.evals / "others" / NAME, members(sample(1), head=header(eval={"eval_id": "e2"})))


def models(rows: list[Any]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in rows:
        if row.table == "eval_models":
            found.setdefault(row.key[0], set()).add(row.key[1])
    return found


def test_such_a_bucket_is_imported_whole_and_a_rebuild_gives_the_same(site: Site) -> None:
    fill(site)
    listed = json.loads(site.hawk("list", "evals", "theirs", "--json").stdout)
    assert [one["id"] for one in listed["items"]] == ["e1"]
    site.hawk("worker", "--once")
    before = site.rows()
    assert models(before) == {f"theirs/{NAME}": {"mock/m", "secret/m"}, f"others/{NAME}": {"mock/m"}}
    site.hawk("db", "check", "--deep")
    site.hawk("db", "rebuild", "--yes")
    assert site.rows() == before


def test_the_config_is_what_was_submitted(site: Site) -> None:
    fill(site)
    shown = site.hawk("spec", "theirs").stdout
    assert "name: mbpp" in shown
    (site.folder / "again.yaml").write_text(shown)
    assert "mbpp" in site.hawk("spec", "theirs", "--json").stdout
    assert "There is no job others" in site.hawk("spec", "others", code=2).stderr
    (site.evals / "theirs" / ".config.yaml").write_text("- a list")
    assert "expected a map" in site.hawk("spec", "theirs", code=None).stderr


def names(house: House) -> set[str]:
    return {row["model"] for row in house.rows(eval_models)}


@pytest.mark.parametrize("broken", [b"{", b"\xff", b"[]", b'{"model_names": "m"}', b'{"model_names": [1]}'])
def test_broken_declarations_are_told_and_left_out(
    tmp_path: Any, broken: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    house = House(tmp_path)
    write_archive(house.evals / "set" / NAME, members(sample(1)))
    (house.evals / "set" / ".models.json").write_bytes(broken)
    with caplog.at_level(logging.WARNING):
        assert house.sync().imported == 1
    assert ".models.json is left out" in caplog.text
    assert names(house) == {"mock/m"}


def test_declared_models_only_grow_and_cost_nothing_while_nothing_changes(tmp_path: Any) -> None:
    house = House(tmp_path)
    declared = house.evals / "set" / ".models.json"
    write_archive(house.evals / "set" / NAME, members(sample(1)))
    declared.write_text('{"model_names": ["one"]}')
    house.sync()
    declared.write_text('{"model_names": ["two"]}')
    assert house.sync().unchanged == 1
    assert names(house) == {"mock/m", "one"}
    write_archive(house.evals / "set" / NAME, members(sample(1), sample(2)))
    assert house.sync().imported == 1
    assert names(house) == {"mock/m", "one", "two"}
