"""``hawk.results()``: the lists as dataframes, from a script and from a notebook."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pandas as pd
import polars as pl
import pytest

import hawk
from hawk.client.client import HawkClient
from hawk.client.connect import connect
from hawk.errors import Unavailable, UsageFault
from hawk.settings import load_settings
from tests.importers.house import header, members, sample, write_archive


async def pieces(content: bytes):
    yield content


async def take(client: HawkClient, path: Path) -> None:
    content = path.read_bytes()
    await client.take_log("mine", path.name, len(content), pieces(content))


@pytest.fixture(autouse=True)
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two evals of one eval set on this machine."""
    monkeypatch.setenv("HAWK_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))

    async def fill() -> None:
        async with connect(load_settings()) as client:
            for n in range(2):
                rows = [sample(f"s{m}", scores={"match": {"value": "CI"[n]}}) for m in range(3)]
                head = header(eval={"eval_id": f"e{n}", "task_id": f"t{n}", "task": f"task{n}"})
                await take(client, write_archive(tmp_path / f"{n}.eval", members(*rows, head=head)))

    asyncio.run(fill())


def test_samples_as_a_dataframe_of_pandas() -> None:
    frame = hawk.results("samples", eval_set="mine", frame="pandas")
    assert isinstance(frame, pd.DataFrame)
    assert frame.groupby("task")["scores.match"].agg(list).to_dict() == {
        "task0": ["C"] * 3,
        "task1": ["I"] * 3,
    }
    assert (str(frame["epoch"].dtype), frame["score"].sum()) == ("Int64", 3.0)
    assert frame["completed_at"].dt.tz is not None


def test_evals_as_a_dataframe_of_polars() -> None:
    frame = hawk.results("evals", frame="polars")
    assert isinstance(frame, pl.DataFrame)
    assert sorted(frame["task"]) == ["task0", "task1"]
    assert frame.schema["tokens.total"] == pl.Int64


async def test_where_an_event_loop_runs_already() -> None:
    frame = hawk.results("eval_sets", frame="polars")
    assert frame.select("id", "evals").rows() == [("mine", 2)]


def test_filters_and_a_limit() -> None:
    assert len(hawk.results(search="task1")) == 3
    assert len(hawk.results("samples", eval_id="e0", limit=2)) == 2
    assert list(hawk.results("samples", eval_set="none", frame="pandas").columns)[:2] == ["id", "uuid"]


def test_what_can_not_be_asked_for_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageFault, match=r"no list of 'jobs'.*samples, evals, eval_sets"):
        hawk.results("jobs")
    with pytest.raises(UsageFault, match="evals can't be chosen by epoch"):
        hawk.results("evals", epoch=1)
    with pytest.raises(UsageFault, match="pandas or polars"):
        hawk.results(frame="dask")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(Unavailable, match="uv pip install pandas"):
        hawk.results()


def test_importing_hawk_loads_nothing() -> None:
    code = "import sys; before = set(sys.modules); import hawk; print(sorted(set(sys.modules) - before))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() in {"['__future__', 'hawk']", "['hawk']"}


def test_a_part_of_hawk_that_was_imported_first_changes_nothing() -> None:
    code = "import hawk.results.types; import hawk; assert callable(hawk.results); hawk.results.types.Eval"
    subprocess.run([sys.executable, "-c", code], check=True)
