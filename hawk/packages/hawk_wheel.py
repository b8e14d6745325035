"""The Hawk that is running, as a wheel, and what its runner needs.

An index is never asked for the name ``hawk``: there it belongs to another project.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import os
import re
import tomllib
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec
from packaging.requirements import Requirement

import hawk
from hawk.errors import Unavailable
from hawk.packages.files import locked
from hawk.packages.versions import full, minor
from hawk.packages.wheels import Report, local_wheel, made_in_one_step

_NAME = "hawk"
_TREE = ("hawk", "pyproject.toml", "README.md", "LICENSE")
_NOT_PACKED = frozenset(
    {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", "uv_build.json"}
)
_EPOCH = (1980, 1, 1, 0, 0, 0)


def hawk_wheel(home: Path, report: Report = lambda _: None) -> Path:
    """The wheel of the running Hawk, under ``<home>/wheels``; made only when Hawk changed."""
    tree = _source_tree()
    if tree:
        return local_wheel(tree, home, "", report, only=_TREE).path
    return _packed_again(home)


def runner_requirements(python: str = "") -> tuple[str, ...]:
    """What must be installed beside Hawk's wheel to run jobs: its own needs and the ``runner`` extra's.

    Markers are evaluated for the Python of the version ``python`` (as ``3.11.7``; this one where it
    is empty), on this platform.
    """
    environment = {"python_version": minor(full(python)), "python_full_version": full(python)}
    needed = (Requirement(line) for line in _declared())
    kept = [r for r in needed if r.name != _NAME and _applies(r, environment)]
    return tuple(dict.fromkeys(_without_marker(r) for r in kept))


def _declared() -> list[str]:
    tree = _source_tree()
    if tree is None:
        return importlib.metadata.requires(_NAME) or []
    # An editable install's metadata is as old as the install; the tree is what runs.
    project = msgspec.convert(tomllib.loads((tree / "pyproject.toml").read_text())["project"], _Project)
    return [*project.dependencies, *project.optional_dependencies.get("runner", [])]


class _Project(msgspec.Struct, rename="kebab"):
    dependencies: list[str]
    optional_dependencies: dict[str, list[str]]


def _applies(requirement: Requirement, environment: Mapping[str, str]) -> bool:
    marker = requirement.marker
    return marker is None or marker.evaluate({**environment, "extra": "runner"})


def _without_marker(requirement: Requirement) -> str:
    requirement.marker = None
    return str(requirement)


def _source_tree() -> Path | None:
    root = Path(hawk.__file__).resolve().parent.parent
    pyproject = root / "pyproject.toml"
    if not pyproject.exists():
        return None
    return root if re.search(rf'^name = "{_NAME}"$', pyproject.read_text(), re.MULTILINE) else None


def _packed_again(home: Path) -> Path:
    files = dict(sorted(_installed_files()))
    digest = hashlib.sha256()
    for name, content in files.items():
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    wheels, key = home / "wheels", digest.hexdigest()[:32]
    if not (wheels / key).exists():
        with locked(wheels, key):
            if not (wheels / key).exists():
                with made_in_one_step(wheels / key) as folder:
                    _write_wheel(folder / f"{_NAME}-{hawk.__version__}-py3-none-any.whl", files)
    os.utime(wheels / key)
    return next((wheels / key).glob("*.whl"))


def _installed_files() -> Iterable[tuple[str, bytes]]:
    """The files of the installed distribution that came out of its wheel."""
    try:
        listed = importlib.metadata.files(_NAME)
    except importlib.metadata.PackageNotFoundError:
        listed = None
    if not listed:
        raise Unavailable(
            "The files of the running Hawk are not known, so no job can be given a copy of it.",
            fix="Install Hawk with pip or uv.",
        )
    for file in listed:
        name = file.as_posix()
        if name.startswith("..") or name.endswith(".pyc") or file.name in _NOT_PACKED:
            continue
        yield name, Path(str(file.locate())).read_bytes()


def _write_wheel(path: Path, files: Mapping[str, bytes]) -> None:
    info = next(name.split("/")[0] for name in files if name.split("/")[0].endswith(".dist-info"))
    record = "".join(f"{name},sha256={_hash(content)},{len(content)}\n" for name, content in files.items())
    record += f"{info}/RECORD,,\n"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, content in (*files.items(), (f"{info}/RECORD", record.encode())):
            wheel.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)


def _hash(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
