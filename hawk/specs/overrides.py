"""``--set PATH=VALUE``: values of a config from the command line."""

from __future__ import annotations

from collections.abc import Sequence

from hawk.errors import FieldProblem, InvalidConfig
from hawk.specs.compose import MAX_DEPTH
from hawk.specs.document import read_value
from hawk.specs.found import found
from hawk.specs.part import Json, Path
from hawk.specs.paths import format_path, read_path
from hawk.specs.problems import invalid


class _Fault(Exception):
    """Why an override can't be applied."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(message)
        self.problem = FieldProblem(path, message)


def apply_overrides(data: Json, overrides: Sequence[str]) -> tuple[Json, tuple[Path, ...]]:
    """The data with every override in turn, and the paths that were set. ``data`` stays as it is.

    Values are YAML; maps and lists that aren't there are made, and the index after a list's last
    item appends. Raises ``InvalidConfig`` with every override that can't be applied.
    """
    paths, problems = list[Path](), list[FieldProblem]()
    for override in overrides:
        try:
            path, value = parse_override(override)
            data = _with(data, path, 0, value)
            paths.append(path)
        except _Fault as fault:
            problems.append(fault.problem)
    if problems:
        raise invalid("--set", problems)
    return data, tuple(paths)


def parse_override(text: str) -> tuple[Path, Json]:
    """The path and the value of ``PATH=VALUE``."""
    path, end = read_path(text)
    if not path or not isinstance(path[0], str) or text[end : end + 1] != "=":
        raise _Fault("", f"expected PATH=VALUE such as tasks[0].items[0].args.n=3, found {found(text)}")
    if len(path) > MAX_DEPTH:
        raise _Fault("", f"expected a path of at most {MAX_DEPTH} steps, found {len(path)}")
    return path, _value(text[end + 1 :], format_path(path))


def _value(text: str, path: str) -> Json:
    try:
        document = read_value(text, path)
    except InvalidConfig as error:
        raise _Fault(path, error.problems[0].message) from error
    if document and document.problems:
        raise _Fault(path, document.problems[0].message)
    return document.data if document else None


def _with(here: Json, path: Path, depth: int, value: Json) -> Json:
    if depth == len(path):
        return value
    part = path[depth]
    if isinstance(part, str):
        entries = _as_map(here, path[: depth + 1])
        return entries | {part: _with(entries.get(part), path, depth + 1, value)}
    items = _as_list(here, path[: depth + 1], part)
    item = items[part] if part < len(items) else None
    return [*items[:part], _with(item, path, depth + 1, value), *items[part + 1 :]]


def _as_map(here: Json, path: Path) -> dict[str, Json]:
    if here is not None and not isinstance(here, dict):
        raise _Fault(format_path(path), f"expected a map at {format_path(path[:-1])}, found {found(here)}")
    return here or {}


def _as_list(here: Json, path: Path, index: int) -> list[Json]:
    if here is not None and not isinstance(here, list):
        raise _Fault(format_path(path), f"expected a list at {format_path(path[:-1])}, found {found(here)}")
    items = here or []
    if index > len(items):
        raise _Fault(format_path(path), f"expected an index of at most {len(items)}, found {index}")
    return items
