"""Plain data into structs, with every problem and not just the first.

msgspec stops at the first fault and doesn't tell of keys that it drops; this walks the same types.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, cast

import msgspec
import msgspec.inspect as types

from hawk.specs.part import Json, OpenPart, Part, Path, Remark
from hawk.specs.wording import did_you_mean, mismatch, nothing


class _Invalid:
    """Stands for a value that isn't there because it was wrong; the problem is noted already."""


INVALID: Final = _Invalid()
_MOST_GUESSES = 20
"""Beyond as many unknown keys in one map it is no slip of the pen, and guessing would take long."""


class Decoder:
    """Decodes one config, and notes what is wrong (``problems``) and what is odd (``warnings``)."""

    def __init__(self) -> None:
        self.problems: list[Remark] = []
        self.warnings: list[Remark] = []

    def decode(self, value: Json | _Invalid, kind: types.Type, path: Path = ()) -> Any:
        """The value as its type has it, or :data:`INVALID`. Problems are noted."""
        if isinstance(value, _Invalid):
            return INVALID
        if isinstance(kind, types.Metadata):
            return self._checked(value, kind, path)
        if isinstance(kind, types.UnionType):
            return self._union(value, kind, path)
        read = _READERS.get(type(kind))
        return value if read is None else read(self, value, kind, path)

    def reject(self, path: Path, message: str) -> _Invalid:
        """Note a problem."""
        self.problems.append((path, message))
        return INVALID

    def _checked(self, value: Json, kind: types.Metadata, path: Path) -> Any:
        before = len(self.problems)
        decoded = self.decode(value, kind.type, path)
        rules = cast("Mapping[str, Any]", kind.extra or {})
        if decoded is INVALID or len(self.problems) > before:
            return INVALID
        self.problems += [(path + at, message) for at, message in _faults(rules, decoded)]
        return decoded if len(self.problems) == before else INVALID

    def _union(self, value: Json, kind: types.UnionType, path: Path) -> Any:
        if value is None and kind.includes_none:
            return None
        fitting = next((each for each in kind.types if _takes(each, value)), None)
        return (
            self.reject(path, mismatch(kind, value)) if fitting is None else self.decode(value, fitting, path)
        )


def value_faults(value: Json, annotation: Any) -> list[Remark]:
    """What keeps a value from being of a type; paths start at the value."""
    decoder = Decoder()
    decoder.decode(value, type_of(annotation))
    return decoder.problems


@functools.cache
def type_of(annotation: Any) -> types.Type:
    """msgspec's view of a type."""
    return types.type_info(annotation)


def _read_scalar(decoder: Decoder, value: Json, kind: types.Type, path: Path) -> Any:
    return value if _takes(kind, value) else decoder.reject(path, mismatch(kind, value))


def _read_number(decoder: Decoder, value: Json, kind: types.IntType | types.FloatType, path: Path) -> Any:
    if not isinstance(value, int | float) or not _takes(kind, value):
        return decoder.reject(path, mismatch(kind, value))
    if kind.ge is not None and value < kind.ge:
        return decoder.reject(path, mismatch(kind, value))
    return float(value) if isinstance(kind, types.FloatType) else value


def _read_string(decoder: Decoder, value: Json, kind: types.StrType, path: Path) -> Any:
    if not isinstance(value, str):
        return decoder.reject(path, mismatch(kind, value))
    if kind.min_length and not value:
        return decoder.reject(path, 'expected some text, found ""')
    return value


def _read_list(decoder: Decoder, value: Json, kind: types.VarTupleType | types.ListType, path: Path) -> Any:
    if not isinstance(value, list):
        return decoder.reject(path, mismatch(kind, value))
    if not (kind.min_length or 0) <= len(value) <= (kind.max_length or len(value)):
        return decoder.reject(path, f"{mismatch(kind, value)} of {len(value)}")
    decoded = [decoder.decode(each, kind.item_type, (*path, at)) for at, each in enumerate(value)]
    return INVALID if INVALID in decoded else tuple(decoded)


def _read_dict(decoder: Decoder, value: Json, kind: types.DictType, path: Path) -> Any:
    if not isinstance(value, dict):
        return decoder.reject(path, mismatch(kind, value))
    decoded = {
        decoder.decode(key, kind.key_type, (*path, key)): decoder.decode(each, kind.value_type, (*path, key))
        for key, each in value.items()
    }
    return INVALID if INVALID in decoded or INVALID in decoded.values() else decoded


def _read_struct(decoder: Decoder, value: Json, kind: types.StructType, path: Path) -> Any:
    if not isinstance(value, dict):
        return decoder.reject(path, mismatch(kind, value))
    before = len(decoder.problems)
    part = _part(kind)
    fields = {field.encode_name: field for field in kind.fields if not _is_extra(part, field)}
    decoded = {field.name: _field(decoder, value, field, path) for field in fields.values()}
    _note(decoder, part, value, path)
    extra = {key: each for key, each in value.items() if key not in fields}
    _extra(decoder, part, extra, tuple(fields), path)
    if INVALID in decoded.values() or len(decoder.problems) > before:
        return INVALID
    if issubclass(part, OpenPart):
        decoded["extra"] = extra
    return part(**{name: each for name, each in decoded.items() if each is not msgspec.UNSET})


def _field(decoder: Decoder, value: Mapping[str, Json], field: types.Field, path: Path) -> Any:
    at = (*path, field.encode_name)
    given = value.get(field.encode_name)
    if given is not None:
        return decoder.decode(given, field.type, at)
    if not field.required:
        return msgspec.UNSET
    if field.encode_name in value:
        return decoder.reject(at, mismatch(field.type, None))
    return decoder.reject(at, nothing(field.type))


def _note(decoder: Decoder, part: type[Part], value: Mapping[str, Json], path: Path) -> None:
    decoder.problems += [(path + at, message) for at, message in part.faults(value)]
    decoder.warnings += [(path + at, message) for at, message in part.doubts(value)]


def _extra(
    decoder: Decoder, part: type[Part], extra: Mapping[str, Json], known: tuple[str, ...], path: Path
) -> None:
    names = (*known, *part.extra_names()) if issubclass(part, OpenPart) else known
    names = names if len(extra) <= _MOST_GUESSES else ()
    for key, value in extra.items():
        if isinstance(value, _Invalid):
            continue
        faults = list(part.extra_faults(key, value)) if issubclass(part, OpenPart) else []
        decoder.problems += [(path + at, message) for at, message in faults]
        doubt = part.extra_doubt(key) if issubclass(part, OpenPart) else "is unknown and is ignored"
        if doubt and not faults:
            decoder.warnings.append(((*path, key), doubt + did_you_mean(key, names)))


def _faults(rules: Mapping[str, Any], value: Any) -> Iterable[Remark]:
    check: Callable[[Any], str | None] | None = rules.get("check")
    message = check(value) if check else None
    if message:
        yield (), message
    if "faults" in rules:
        yield from rules["faults"](value)


def _part(kind: types.StructType) -> type[Part]:
    if not issubclass(kind.cls, Part):
        raise TypeError(f"{kind.cls.__name__} is no Part")
    return kind.cls


def _is_extra(part: type[Part], field: types.Field) -> bool:
    return field.name == "extra" and issubclass(part, OpenPart)


def _takes(kind: types.Type, value: Json) -> bool:
    if isinstance(kind, types.Metadata):
        return _takes(kind.type, value)
    if isinstance(kind, types.AnyType):
        return True
    if isinstance(kind, types.LiteralType):
        return any(type(each) is type(value) and each == value for each in kind.values)
    return isinstance(kind, _KINDS[type(value)])


_MAPS = (types.DictType, types.StructType)
_KINDS: dict[type, tuple[type[types.Type], ...]] = {
    bool: (types.BoolType,),
    int: (types.IntType, types.FloatType),
    float: (types.FloatType,),
    str: (types.StrType,),
    list: (types.VarTupleType, types.ListType),
    dict: _MAPS,
    type(None): (types.NoneType,),
}

_READERS: dict[type[types.Type], Callable[[Decoder, Any, Any, Path], Any]] = {
    types.BoolType: _read_scalar,
    types.NoneType: _read_scalar,
    types.LiteralType: _read_scalar,
    types.IntType: _read_number,
    types.FloatType: _read_number,
    types.StrType: _read_string,
    types.VarTupleType: _read_list,
    types.ListType: _read_list,
    types.DictType: _read_dict,
    types.StructType: _read_struct,
}
