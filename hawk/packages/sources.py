"""Local packages that a local package brings along by ``[tool.uv.sources]`` of its pyproject.

uv reads these for a folder and a built wheel has forgotten them, so they are followed here: a
dependency that the user has beside their package must not come from an index.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from hawk.errors import PackageProblem
from hawk.packages.requirement import LocalPackage

if TYPE_CHECKING:
    from collections.abc import Mapping

_FILE = "pyproject.toml"


class _Source(msgspec.Struct):
    path: str | None = None
    workspace: bool = False


class _Workspace(msgspec.Struct):
    members: list[str] = []


class _Uv(msgspec.Struct):
    sources: dict[str, _Source | list[_Source]] = {}
    workspace: _Workspace | None = None


class _Tool(msgspec.Struct):
    uv: _Uv = msgspec.field(default_factory=_Uv)


class _Project(msgspec.Struct, rename="kebab"):
    name: str = ""
    dependencies: list[str] = []
    optional_dependencies: dict[str, list[str]] = {}


class _PyProject(msgspec.Struct):
    project: _Project = msgspec.field(default_factory=_Project)
    tool: _Tool = msgspec.field(default_factory=_Tool)


def has_sources(folder: Path) -> bool:
    """Whether uv resolves the folder otherwise than the wheel that is built from it."""
    return bool(_sources(folder))


def local_sources(folder: Path, extras: Iterable[str]) -> tuple[LocalPackage, ...]:
    """The folders that the package's dependencies (with those of ``extras``) are taken from."""
    if not (folder / _FILE).exists():
        return ()
    project = _read(folder).project
    optional = [project.optional_dependencies.get(extra, []) for extra in extras]
    wanted = [d for group in (project.dependencies, *optional) for d in group]
    sources = _sources(folder)
    return tuple(
        LocalPackage(place, _extras_of(dependency))
        for dependency in wanted
        for base, source in sources.get(_name_of(dependency), ())
        for place in _place(base, source, _name_of(dependency))
    )


def _place(base: Path, source: _Source, name: str) -> Iterator[Path]:
    if source.path is not None:
        yield (base / source.path).resolve()
    elif source.workspace:
        root = _workspace_root(base)
        yield from (m for m in _members(root) if _canonical(_read(m).project.name) == name)


def _sources(folder: Path) -> Mapping[str, list[tuple[Path, _Source]]]:
    found: dict[str, list[tuple[Path, _Source]]] = {}
    for base in dict.fromkeys((_workspace_root(folder), folder)):
        for name, source in _read(base).tool.uv.sources.items():
            entries = source if isinstance(source, list) else [source]
            found[_canonical(name)] = [(base, entry) for entry in entries]
    return found


def _workspace_root(folder: Path) -> Path:
    for parent in (folder, *folder.parents):
        if (parent / _FILE).exists() and _read(parent).tool.uv.workspace is not None:
            return parent if folder in {parent, *_members(parent)} else folder
    return folder


def _members(root: Path) -> list[Path]:
    workspace = _read(root).tool.uv.workspace or _Workspace()
    found = {path.resolve() for pattern in workspace.members for path in root.glob(pattern)}
    return sorted(path for path in found | {root} if (path / _FILE).exists())


def _read(folder: Path) -> _PyProject:
    path = folder / _FILE
    if not path.exists():
        return _PyProject()
    try:
        return msgspec.toml.decode(path.read_bytes(), type=_PyProject)
    except msgspec.DecodeError as error:
        raise PackageProblem(f"{path} can't be read: {error}.", fix="Correct it, then try again.") from error


def _name_of(requirement: str) -> str:
    return _canonical(re.split(r"[^\w.-]", requirement.strip(), maxsplit=1)[0])


def _extras_of(requirement: str) -> tuple[str, ...]:
    found = re.match(r"\s*[\w.-]+\s*\[([^\]]*)\]", requirement)
    return tuple(e.strip() for e in found[1].split(",") if e.strip()) if found else ()


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
