"""``--set PATH=VALUE``: values of a config from the command line."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from hawk.errors import FieldProblem, InvalidConfig
from hawk.specs.document import read_value
from hawk.specs.part import Path
from hawk.specs.paths import format_path, read_path
from hawk.specs.problems import invalid
from hawk.specs.wording import found


class _Fault(Exception):
    """Why an override can't be applied."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(message)
        self.problem = FieldProblem(path, message)


def apply_overrides(
    data: dict[str, Any], overrides: Sequence[str]
) -> tuple[dict[str, Any], tuple[Path, ...]]:
    """The data with every override in turn, and the paths that were set. ``data`` stays as it is.

    Values are YAML; maps that aren't there are made, and the index after a list's last item
    appends. Raises ``InvalidConfig`` with every override that can't be applied.
    """
    changed, paths, problems = deepcopy(data), list[Path](), list[FieldProblem]()
    for override in overrides:
        try:
            path, value = parse_override(override)
            _set(changed, path, value)
            paths.append(path)
        except _Fault as fault:
            problems.append(fault.problem)
    if problems:
        raise invalid("--set", problems)
    return changed, tuple(paths)


def parse_override(text: str) -> tuple[Path, Any]:
    """The path and the value of ``PATH=VALUE``."""
    path, end = read_path(text)
    if not path or not isinstance(path[0], str) or text[end : end + 1] != "=":
        raise _Fault("", f"expected PATH=VALUE such as tasks[0].items[0].args.n=3, found {found(text)}")
    return path, _value(text[end + 1 :], format_path(path))


def _value(text: str, path: str) -> Any:
    try:
        document = read_value(text, path)
    except InvalidConfig as error:
        raise _Fault(path, error.problems[0].message) from error
    if document and document.problems:
        raise _Fault(path, document.problems[0].message)
    return document.data if document else None


def _set(data: dict[str, Any], path: Path, value: Any) -> None:
    here: Any = data
    for depth, part in enumerate(path):
        _fit(here, path[: depth + 1])
        new = value if depth == len(path) - 1 else _child(here, part, path[depth + 1])
        if isinstance(part, int) and part == len(here):
            here.append(new)
        else:
            here[part] = new
        here = here[part]


def _child(here: Any, part: str | int, following: str | int) -> Any:
    there = isinstance(here, dict) or part < len(here)
    child: Any = (here.get(part) if isinstance(here, dict) else here[part]) if there else None
    if child is not None:
        return child
    return [] if isinstance(following, int) else {}


def _fit(here: Any, path: Path) -> None:
    part, above = path[-1], format_path(path[:-1])
    if isinstance(part, str) and not isinstance(here, dict):
        raise _Fault(format_path(path), f"expected a map at {above}, found {found(here)}")
    if isinstance(part, int) and not isinstance(here, list):
        raise _Fault(format_path(path), f"expected a list at {above}, found {found(here)}")
    if isinstance(part, int) and part > len(here):
        raise _Fault(format_path(path), f"expected an index of at most {len(here)}, found {part}")
