"""What was expected and what was found, in words."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec.inspect as types

from hawk.specs.found import found
from hawk.specs.part import Json

_NOUNS: dict[type[types.Type], str] = {
    types.BoolType: "true or false",
    types.FloatType: "a number",
    types.StrType: "a string",
    types.ListType: "a list",
    types.DictType: "a map",
    types.StructType: "a map",
    types.NoneType: "null",
    types.AnyType: "anything",
}


def expected(kind: types.Type) -> str:
    """What a type takes, null aside."""
    if isinstance(kind, types.Metadata):
        return expected(kind.type)
    if isinstance(kind, types.UnionType):
        return _either(expected(each) for each in kind.types if not isinstance(each, types.NoneType))
    if isinstance(kind, types.LiteralType):
        return _either(found(each) for each in kind.values)
    if isinstance(kind, types.IntType):
        return "a whole number" if kind.ge is None else f"a whole number of at least {kind.ge}"
    return _list(kind) if isinstance(kind, types.VarTupleType) else _NOUNS[type(kind)]


def mismatch(kind: types.Type, value: Json) -> str:
    """The sentence about a value of the wrong type."""
    sentence = f"expected {expected(kind)}, found {found(value)}"
    if expected(kind) == "a string" and isinstance(value, bool | int | float):
        return f"{sentence} (put it in quotes)"
    return sentence


def _either(words: Iterable[str]) -> str:
    distinct = list(dict.fromkeys(words))
    return " or ".join((", ".join(distinct[:-1]), distinct[-1])) if len(distinct) > 1 else distinct[0]


def nothing(kind: types.Type) -> str:
    """The sentence about a value that is required and missing."""
    return f"is required: expected {expected(kind)}, found nothing"


def _list(kind: types.VarTupleType) -> str:
    if not kind.min_length:
        return "a list"
    return f"a list of {'exactly' if kind.max_length else 'at least'} {kind.min_length}"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``: did you mean 'x'?`` where a known word is near, else nothing."""
    import difflib

    near = difflib.get_close_matches(word[:_LONGEST_WORD], list(known), n=1, cutoff=0.7)
    return f": did you mean '{near[0]}'?" if near else ""


_LONGEST_WORD = 60
