"""Configs from files, from texts and from plain data, every problem at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path as FilePath
from typing import Any, cast

import msgspec

from hawk.errors import FieldProblem, InvalidConfig
from hawk.specs.decoding import Decoder, type_of
from hawk.specs.document import Document, read_document
from hawk.specs.eval_set import EvalSetSpec
from hawk.specs.overrides import apply_overrides
from hawk.specs.part import OpenPart, Part, Path, Remark
from hawk.specs.paths import format_path
from hawk.specs.problems import invalid

KINDS: dict[str, type[EvalSetSpec]] = {"eval-set": EvalSetSpec}


class DecodedSpec(msgspec.Struct, frozen=True):
    """A valid config, and what is odd about it."""

    spec: EvalSetSpec
    warnings: tuple[FieldProblem, ...] = ()


class LoadedConfig(msgspec.Struct, frozen=True):
    """A valid config with the plain data that is sent to the API, overrides applied."""

    data: dict[str, Any]
    spec: EvalSetSpec
    warnings: tuple[FieldProblem, ...]
    source: str


def load_config(path: FilePath, kind: str = "eval-set", overrides: Sequence[str] = ()) -> LoadedConfig:
    """The config in a file. Raises :class:`InvalidConfig` with every problem."""
    return parse_config(_read(path), str(path), kind, overrides)


def parse_config(text: str, name: str, kind: str = "eval-set", overrides: Sequence[str] = ()) -> LoadedConfig:
    """The config in a text; ``name`` is what problems call it. Raises :class:`InvalidConfig`."""
    document = read_document(text, name)
    if document.problems and overrides:
        raise invalid(name, document.problems)
    data, overridden = apply_overrides(document.data, overrides)
    decoder, spec = _decode(data, kind)
    place = _placer(document, overridden)
    problems = [*document.problems, *map(place, decoder.problems)]
    if problems:
        raise invalid(name, _in_order(problems))
    return LoadedConfig(
        cast("dict[str, Any]", data), spec, tuple(_in_order(map(place, decoder.warnings))), name
    )


def decode_spec(data: dict[str, Any], kind: str = "eval-set") -> DecodedSpec:
    """The config in plain data, as it comes with a request or a plan. Raises :class:`InvalidConfig`."""
    decoder, spec = _decode(data, kind)
    if decoder.problems:
        raise invalid("The config", map(_unplaced, decoder.problems))
    return DecodedSpec(spec, tuple(map(_unplaced, decoder.warnings)))


def encode_spec(spec: EvalSetSpec) -> dict[str, Any]:
    """The plain data of a config; :func:`decode_spec` gives the same config again."""
    return _plain(spec)


def _decode(data: Any, kind: str) -> tuple[Decoder, Any]:
    if kind not in KINDS:
        raise InvalidConfig(f"Hawk doesn't know configs of the kind {kind!r}.")
    decoder = Decoder()
    return decoder, decoder.decode(data, type_of(KINDS[kind]))


def _read(path: FilePath) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidConfig(f"{path} is not UTF-8 text: byte {error.start} is wrong.") from error
    except OSError as error:
        raise InvalidConfig(f"{path} can't be read: {error.strerror}.") from error


def _placer(document: Document, overridden: Sequence[Path]) -> Callable[[Remark], FieldProblem]:
    def place(remark: Remark) -> FieldProblem:
        path, message = remark
        if any(path[: len(each)] == each for each in overridden):
            return _unplaced(remark)
        line, column = document.locate(path)
        return FieldProblem(format_path(path), message, line, column)

    return place


def _unplaced(remark: Remark) -> FieldProblem:
    return FieldProblem(format_path(remark[0]), remark[1])


def _in_order(problems: Iterable[FieldProblem]) -> list[FieldProblem]:
    return sorted(problems, key=lambda each: (each.line or 0, each.column or 0))


def _plain(value: Any) -> Any:
    if isinstance(value, Part):
        extra = value.extra if isinstance(value, OpenPart) else {}
        return _fields(value) | extra
    if isinstance(value, tuple):
        return [_plain(each) for each in cast("tuple[Any, ...]", value)]
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in cast("dict[str, Any]", value).items()}
    return value


def _fields(part: Part) -> dict[str, Any]:
    values = {name: getattr(part, name) for name in part.__struct_fields__ if name != "extra"}
    return {name: _plain(value) for name, value in values.items() if value is not None}
