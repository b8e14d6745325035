"""Whatever rows bring along, every table of them holds it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from hawk.client.frames.dataframe import dataframe
from hawk.client.frames.parquet import write_parquet
from hawk.client.frames.spool import Spool
from hawk.results.types import Sample
from tests.cli.test_lists import sample

SCALARS = st.none() | st.booleans() | st.integers(-(10**25), 10**25) | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(
    SCALARS.filter(lambda value: value not in {float("inf"), float("-inf")}),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
    max_leaves=6,
)
ROWS = st.lists(st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3), max_size=6)


def spooled(spool: Spool, rows: Sequence[dict[str, Any]]) -> None:
    async def items() -> AsyncIterator[Sample]:
        for number, scores in enumerate(rows):
            yield sample(number, scores=scores)

    asyncio.run(spool.take(items()))


def flat(value: dict[str, Any], above: str = "scores") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, inner in value.items():
        name = f"{above}.{key}"
        found |= flat(inner, name) if isinstance(inner, dict) and inner else {name: inner}
    return found


def says(cell: Any, value: Any) -> bool:
    """Whether a cell holds a value: as it is, as a number of 64 bits, or as JSON."""
    if value is None:
        return cell is None or cell == "null"
    if cell == value and isinstance(cell, bool) == isinstance(value, bool):
        return True
    if isinstance(value, int | float) and isinstance(cell, float):
        return cell == float(value)
    return isinstance(cell, str) and (json.loads(cell) == value or json.loads(cell) == float(value))


@examples(deadline=None, max_examples=60)
@given(ROWS)
def test_every_value_is_in_its_column(rows: list[dict[str, Any]]) -> None:
    with Spool(Sample) as spool, TemporaryDirectory() as folder:
        spooled(spool, rows)
        path = Path(folder) / "x.parquet"
        write_parquet(spool, path)
        table = pq.read_table(path).to_pylist()
        frame = dataframe(spool, "polars").to_dicts()
        assert list(dataframe(spool, "pandas").columns) == list(spool.kinds())
    assert len(table) == len(frame) == len(rows)
    for row, *cells in zip(rows, table, frame, strict=True):
        for name, value in flat(row).items():
            assert all(says(one[name], value) for one in cells), (name, value, cells)


def test_columns_have_the_same_order_and_types_with_and_without_rows() -> None:
    with Spool(Sample) as empty, Spool(Sample) as full:
        spooled(full, [{"a": "C", "b": 1}])
        without, with_rows = empty.kinds(), full.kinds()
    assert {name: kind for name, kind in with_rows.items() if not name.startswith("scores.")} == without
    assert list(with_rows)[:3] == ["id", "uuid", "sample_id"]
    assert (without["epoch"], without["tokens.total"], without["completed_at"]) == ("whole", "whole", "time")
    assert (without["sample_id"], without["score"], without["status"]) == ("text", "number", "text")
