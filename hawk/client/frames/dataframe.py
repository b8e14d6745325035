"""A table as a dataframe of pandas or polars, whichever is there."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from typing import Any, Literal

from hawk.client.frames.columns import Kind
from hawk.client.frames.spool import Spool
from hawk.errors import Unavailable, UsageFault

Frame = Literal["pandas", "polars"]
_FRAMES: tuple[Frame, ...] = ("pandas", "polars")


def chosen_frame(frame: str | None) -> Frame:
    """The library to use: the one asked for, else one that the program uses already, else one there is.

    Raises Unavailable with what to install.
    """
    if frame is not None and frame not in _FRAMES:
        raise UsageFault(f"There are no dataframes of {frame!r}.", fix="Choose pandas or polars.")
    wanted: list[Frame] = [one for one in _FRAMES if frame in {None, one}]
    wanted.sort(key=lambda one: one not in sys.modules)
    for one in wanted:
        if importlib.util.find_spec(one) is not None:
            return one
    raise Unavailable(
        f"Dataframes need {' or '.join(wanted)}.", fix=f"Install it with: uv pip install {wanted[0]}"
    )


def dataframe(spool: Spool, frame: Frame) -> Any:
    """All rows of a table."""
    kinds = spool.kinds()
    columns: dict[str, list[Any]] = {name: [] for name in kinds}
    for batch in spool.batches():
        for values, cells in zip(columns.values(), zip(*batch, strict=True), strict=True):
            values.extend(cells)
    library: Any = importlib.import_module(frame)
    return (_of_pandas if frame == "pandas" else _of_polars)(library, columns, kinds)


def _of_pandas(pandas: Any, columns: dict[str, list[Any]], kinds: dict[str, Kind]) -> Any:
    types = {
        "whole": "Int64",
        "number": "float64",
        "flag": "boolean",
        "text": "string",
        "json": "string",
        "texts": "object",
        "time": "datetime64[us, UTC]",
    }
    made = {name: pandas.Series(columns[name], dtype=types[kind]) for name, kind in kinds.items()}
    return pandas.DataFrame(made)


def _of_polars(polars: Any, columns: dict[str, list[Any]], kinds: dict[str, Kind]) -> Any:
    types = {
        "whole": polars.Int64,
        "number": polars.Float64,
        "flag": polars.Boolean,
        "text": polars.String,
        "json": polars.String,
        "texts": polars.List(polars.String),
        "time": polars.Datetime("us", "UTC"),
    }
    return polars.DataFrame(columns, schema={name: types[kind] for name, kind in kinds.items()})
