"""A list as a table: what columns it has, and of which kind.

An object in a row becomes columns named by its path (``tokens.input``, ``scores.match``), the same in
CSV, in Parquet and in dataframes.
"""

from __future__ import annotations

import types
from collections.abc import Iterator
from datetime import datetime
from enum import Enum
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

import msgspec

Kind = Literal["text", "whole", "number", "flag", "time", "texts", "json"]
"""``json`` is what fits no other kind: objects, lists, and values of more than one kind."""

_SIMPLE: dict[Any, Kind] = {str: "text", int: "whole", float: "number", bool: "flag", datetime: "time"}
_WIDE = 2**63
_SEPARATOR = "."


class Columns:
    """The columns of a list of ``shape``, which grow by the names that its rows bring along."""

    def __init__(self, shape: type[msgspec.Struct]) -> None:
        self._fixed = dict(_fixed(shape, ""))
        self._open = tuple(name for name, kind in self._fixed.items() if kind is None)
        self._found: dict[str, dict[str, Kind | None]] = {name: {} for name in self._open}

    def flatten(self, item: msgspec.Struct) -> dict[str, Any]:
        """A row as its cells by the columns' names; what it lacks is left out."""
        row = dict(_cells(msgspec.to_builtins(item), "", self._open))
        for name in self._open:
            known = self._found[name]
            for column, value in row.items():
                if column.startswith(f"{name}{_SEPARATOR}"):
                    known[column] = _widened(known.get(column), value)
        return row

    def kinds(self) -> dict[str, Kind]:
        """Every column so far, in order, with its kind."""
        found: dict[str, Kind] = {}
        for name, kind in self._fixed.items():
            if kind is None:
                found |= {column: one or "text" for column, one in self._found[name].items()}
            else:
                found[name] = kind
        return found


def cell(value: Any, kind: Kind) -> Any:
    """A value out of JSON as a column of its kind holds it. Those of ``json`` are text."""
    if value is None:
        return None
    if kind == "json":
        return msgspec.json.encode(value).decode()
    if kind == "time":
        return datetime.fromisoformat(value)
    if kind == "number":
        return _float(value)
    return str(value) if kind == "text" else value


def _fixed(shape: type[msgspec.Struct], above: str) -> Iterator[tuple[str, Kind | None]]:
    """Columns that every row has. One of kind None stands for those that rows bring."""
    hints = get_type_hints(shape)
    for name in shape.__struct_fields__:
        yield from _of_type(hints[name], f"{above}{name}")


def _of_type(hint: Any, name: str) -> Iterator[tuple[str, Kind | None]]:
    options = _options(hint)
    only = options[0] if len(options) == 1 else None
    if isinstance(only, type) and issubclass(only, msgspec.Struct):
        yield from _fixed(only, f"{name}{_SEPARATOR}")
    elif get_origin(only) is dict:
        yield name, None
    elif get_origin(only) is tuple:
        yield name, "texts" if get_args(only)[0] is str else "json"
    elif isinstance(only, type) and issubclass(only, Enum):
        yield name, "text"
    else:
        yield name, _SIMPLE.get(only, "text" if set(options) <= {str, int} else "json")


def _options(hint: Any) -> tuple[Any, ...]:
    """The types that a value may have, None aside."""
    if get_origin(hint) in {Union, types.UnionType}:
        return tuple(one for one in get_args(hint) if one is not type(None))
    if get_origin(hint) is Literal:
        return (str,)
    return (hint,)


def _cells(value: dict[str, Any], above: str, open_names: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    for key, inner in value.items():
        name = f"{above}{key}"
        if isinstance(inner, dict) and inner:
            yield from _cells(cast("dict[str, Any]", inner), f"{name}{_SEPARATOR}", open_names)
        elif name not in open_names:
            yield name, inner


def _float(value: float) -> float | None:
    try:
        return float(value)
    except OverflowError:
        return None


def _widened(kind: Kind | None, value: Any) -> Kind | None:
    """The narrowest kind that holds a value too. A column of nothing but None has no kind yet."""
    if value is None:
        return kind
    new = _kind_of(value)
    if kind in {None, new}:
        return new
    return "number" if {kind, new} == {"whole", "number"} else "json"


def _kind_of(value: Any) -> Kind:
    if isinstance(value, int) and not isinstance(value, bool) and not -_WIDE <= value < _WIDE:
        return "number"
    return _SIMPLE.get(type(value), "json")
