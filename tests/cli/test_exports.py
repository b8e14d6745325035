"""Lists as CSV and Parquet: all of them, every score a column, nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path

import httpx
import msgspec
import pyarrow.parquet as pq
import pytest

from hawk.jobs.types import Counts
from hawk.results.types import EvalSet
from tests.cli.conftest import NOON, Api, Hawk, job, page
from tests.cli.test_lists import an_eval, sample


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def many(request: httpx.Request) -> httpx.Response:
    """1,200 samples, page after page; one in the last page has a scorer of its own."""
    start, size = int(request.url.params.get("cursor", "0")), int(request.url.params["limit"])
    numbers = range(start, min(start + size, 1_200))
    found = [sample(n, scores={"match": "C"} | ({"late": 1} if n == 1_199 else {})) for n in numbers]
    body = page(found, str(numbers.stop) if numbers.stop < 1_200 else None)
    return httpx.Response(200, content=msgspec.json.encode(body))


def test_an_export_is_the_whole_list_unless_a_limit_is_given(api: Api, hawk: Hawk) -> None:
    api.on("GET", "/api/samples", many)
    got = rows(hawk("list", "samples", "--all", "--csv").out)
    assert [one["sample_id"] for one in got] == [str(n) for n in range(1_200)]
    assert [one["scores.late"] for one in got[-2:]] == ["", "1"]
    assert len(rows(hawk("list", "samples", "--all", "--csv", "--limit", "3").out)) == 3
    assert len(hawk("list", "samples", "--all").out.splitlines()) == 51


def test_lines_of_json_say_that_there_are_more(api: Api, hawk: Hawk) -> None:
    api.on("GET", "/api/samples", many)
    done = hawk("list", "samples", "--all", "--jsonl")
    assert len(done.out.splitlines()) == 50
    assert "The first 50 are printed; --limit prints more." in done.err


def test_csv_has_a_column_for_each_field_and_each_score(api: Api, hawk: Hawk) -> None:
    rubric = {"rubric": {"tone": 1, "length": None}, "list": [1, 2]}
    first = sample(1, scores={"match": "C", **rubric}, started_at=NOON, total_time=1.5)
    api.on("GET", "/api/samples", page([first, sample(2, scores={"match": 0.5, "flag": True})]))
    out = hawk("list", "samples", "--all", "--csv").out
    assert out.count("\r\n") == 3
    got, other = rows(out)
    assert (got["tokens.input"], got["started_at"], got["total_time"]) == ("0", "2026-11-24T12:00:00Z", "1.5")
    assert (got["scores.rubric.tone"], got["scores.rubric.length"], got["scores.list"]) == ("1", "", "[1,2]")
    assert (got["scores.match"], other["scores.match"], other["scores.flag"]) == ('"C"', "0.5", "true")
    assert got["error"] == ""


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-cmd|' /C calc'!A0", "'-cmd|' /C calc'!A0"),
        ("+1+1", "'+1+1"),
        ("-5", "-5"),
        ("+1.5e-3", "+1.5e-3"),
        ('a "b", c\nd', 'a "b", c\nd'),
        ("\x1b[31mred\x00", "[31mred"),
        ("a = b", "a = b"),
    ],
)
def test_no_text_of_a_models_is_a_formula(api: Api, hawk: Hawk, text: str, cell: str) -> None:
    api.on("GET", "/api/samples", page([sample(1, error=text, scores={"=x": text})]))
    (got,) = rows(hawk("list", "samples", "--all", "--csv").out)
    assert (got["error"], got["scores.=x"]) == (cell, cell)


def test_every_list_is_exported_and_an_empty_one_has_its_head(api: Api, hawk: Hawk) -> None:
    one = EvalSet(
        id="set", tasks=("a", "b"), models=("m",), evals=2, status="success", samples=Counts(done=4, total=4)
    )
    api.on("GET", "/api/eval-sets", page([one]), page([]))
    (got,) = rows(hawk("list", "eval-sets", "--csv").out)
    assert (got["tasks"], got["samples.done"]) == ('["a","b"]', "4")
    assert hawk("list", "eval-sets", "--csv").out.startswith("id,tasks,models,evals,status,samples.done")
    api.on("GET", "/api/jobs", page([job()]))
    assert rows(hawk("list", "jobs", "--csv").out)[0]["status"] == "running"
    api.on("GET", "/api/evals", page([an_eval()]))
    assert rows(hawk("list", "evals", "--all", "--csv").out)[0]["scores.match.accuracy"] == "0.75"


def test_parquet_keeps_types_and_names_the_same_columns(api: Api, hawk: Hawk) -> None:
    api.on(
        "GET",
        "/api/samples",
        page([sample(1, scores={"m": "C", "n": 1, "mixed": "C"}, completed_at=NOON, cost=0.5)], "1"),
        page([sample(2, scores={"n": 0.5, "mixed": 1, "big": 10**17, "o": None}, error="=1")]),
    )
    done = hawk("list", "samples", "--all", "--parquet", "deep/out.parquet")
    assert "Wrote 2 rows to deep/out.parquet." in done.err
    table = pq.read_table("deep/out.parquet")
    first, second = table.to_pylist()
    assert (first["completed_at"], first["cost"], first["epoch"]) == (NOON, 0.5, 1)
    assert (first["scores.n"], second["scores.n"], second["scores.big"]) == (1.0, 0.5, 10**17)
    assert (first["scores.mixed"], second["scores.mixed"]) == ('"C"', "1")
    assert (second["scores.m"], second["scores.o"], second["error"]) == (None, None, "=1")
    assert [path.name for path in Path("deep").iterdir()] == ["out.parquet"]


def test_parquet_is_written_in_row_groups(api: Api, hawk: Hawk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hawk.client.frames.spool.BATCH", 500)
    api.on("GET", "/api/samples", many)
    hawk("list", "samples", "--all", "--parquet", "out.parquet")
    assert pq.ParquetFile("out.parquet").metadata.num_row_groups == 3
    assert pq.read_table("out.parquet").num_rows == 1_200


def test_without_pyarrow_the_error_says_what_to_install(
    api: Api, hawk: Hawk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    api.on("GET", "/api/samples", page([sample(1)]))
    done = hawk("list", "samples", "--all", "--parquet", "out.parquet", code=1)
    assert "uv pip install 'hawk[frames]'" in done.err
    assert not Path("out.parquet").exists()


@pytest.mark.parametrize("other", ["--json", "--jsonl", "--csv"])
def test_one_format_at_a_time(api: Api, hawk: Hawk, other: str) -> None:
    assert "can't be combined" in hawk("list", "jobs", "--parquet", "x", other, code=2).err
