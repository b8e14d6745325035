"""A table as a Parquet file."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from hawk.client.frames.columns import Kind
from hawk.client.frames.spool import Spool
from hawk.errors import Unavailable


def need_pyarrow() -> tuple[Any, Any]:
    """pyarrow, and the part of it that writes Parquet. Raises Unavailable with what to install."""
    try:
        parquet = importlib.import_module("pyarrow.parquet")
    except ModuleNotFoundError as error:
        raise Unavailable(
            "Writing Parquet needs pyarrow.", fix="Install it with: uv pip install 'hawk[frames]'"
        ) from error
    return importlib.import_module("pyarrow"), parquet


def write_parquet(spool: Spool, path: Path) -> None:
    """Replace ``path`` by the table, a row group for each batch."""
    arrow, parquet = need_pyarrow()
    schema = arrow.schema([(name, _type(arrow, kind)) for name, kind in spool.kinds().items()])
    partial = path.with_name(f"{path.name}.partial")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with parquet.ParquetWriter(partial, schema, compression="zstd") as writer:
            for batch in spool.batches():
                columns = [list(column) for column in zip(*batch, strict=True)]
                arrays = [
                    arrow.array(column, field.type) for column, field in zip(columns, schema, strict=True)
                ]
                writer.write_table(arrow.Table.from_arrays(arrays, schema=schema))
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _type(arrow: Any, kind: Kind) -> Any:
    return {
        "text": arrow.string(),
        "json": arrow.string(),
        "whole": arrow.int64(),
        "number": arrow.float64(),
        "flag": arrow.bool_(),
        "time": arrow.timestamp("us", tz="UTC"),
        "texts": arrow.list_(arrow.string()),
    }[kind]
