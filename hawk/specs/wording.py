"""What was expected and what was found, in words."""

from __future__ import annotations

import json
from collections.abc import Iterable

import msgspec.inspect as types

from hawk.specs.part import Json

_LONGEST = 60

_NOUNS: dict[type[types.Type], str] = {
    types.BoolType: "true or false",
    types.FloatType: "a number",
    types.DictType: "a map",
    types.StructType: "a map",
    types.NoneType: "null",
    types.AnyType: "anything",
}


def found(value: Json) -> str:
    """A value as a reader of the text would name it."""
    if isinstance(value, dict):
        return "a map"
    if isinstance(value, list):
        return "a list"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def expected(kind: types.Type) -> str:
    """What a type takes, null aside."""
    if isinstance(kind, types.Metadata):
        return expected(kind.type)
    if isinstance(kind, types.UnionType):
        return _either(expected(each) for each in kind.types if not isinstance(each, types.NoneType))
    if isinstance(kind, types.LiteralType):
        return _either(found(each) for each in kind.values)
    if isinstance(kind, types.IntType):
        return _whole(kind)
    if isinstance(kind, types.StrType):
        return "a string"
    if isinstance(kind, types.VarTupleType):
        return _list(kind)
    return _NOUNS.get(type(kind), "a list")


def mismatch(kind: types.Type, value: Json) -> str:
    """The sentence about a value of the wrong type."""
    sentence = f"expected {expected(kind)}, found {found(value)}"
    if expected(kind) == "a string" and isinstance(value, bool | int | float):
        return f"{sentence} (put it in quotes)"
    return sentence


def _whole(kind: types.IntType) -> str:
    return "a whole number" if kind.ge is None else f"a whole number of at least {kind.ge}"


def _either(words: Iterable[str]) -> str:
    distinct = list(dict.fromkeys(words))
    return " or ".join((", ".join(distinct[:-1]), distinct[-1])) if len(distinct) > 1 else distinct[0]


def _list(kind: types.VarTupleType) -> str:
    if not kind.min_length:
        return "a list"
    return f"a list of {'exactly' if kind.max_length else 'at least'} {kind.min_length}"
