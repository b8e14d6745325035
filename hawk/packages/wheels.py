"""Builds packages of this machine into wheels, as they are right now, and only when they changed."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from hawk.errors import PackageProblem, Unavailable
from hawk.packages.failures import Failure, classify, last_useful_lines, package_error
from hawk.packages.files import locked
from hawk.packages.tree import tree_hash
from hawk.packages.uv import UvFailed, run_uv
from hawk.packages.versions import is_this_version
from hawk.specs.plan import WHEEL_SCHEME

Report = Callable[[str], None]


class WheelFile(msgspec.Struct, frozen=True):
    """A wheel that travels with a job; ``sha256`` is that of the file."""

    sha256: str
    filename: str
    path: Path

    @property
    def address(self) -> str:
        """The wheel in a requirement or a lock that any machine can read."""
        return f"{WHEEL_SCHEME}{self.sha256}/{self.filename}"

    @property
    def name(self) -> str:
        """The distribution's normalised name."""
        return self.filename.split("-")[0].replace("_", "-").lower()

    @property
    def universal(self) -> bool:
        """Whether it runs on any platform."""
        return self.filename.endswith("-any.whl")


def local_wheel(
    source: Path, home: Path, python: str, report: Report, only: tuple[str, ...] = ()
) -> WheelFile:
    """The wheel of a folder, a source archive, or a wheel (which is taken as it is).

    A folder is built once for each state of its files (of those under ``only``, where given), into
    ``<home>/wheels/<hash>/``. Raises :class:`PackageProblem` with what the build said.
    """
    if source.suffix == ".whl":
        return wheel_file(source)
    wheels = home / "wheels"
    key = _key(source, python, only)
    if not (wheels / key).exists():
        with locked(wheels, key):
            if not (wheels / key).exists():
                report(f"Building {source}")
                _build(source, wheels / key, python)
    os.utime(wheels / key)
    return wheel_file(next((wheels / key).glob("*.whl")))


def wheel_file(path: Path) -> WheelFile:
    """A wheel on this machine, with its hash."""
    with path.open("rb") as content:
        return WheelFile(hashlib.file_digest(content, "sha256").hexdigest(), path.name, path)


def own_python(python: str) -> str:
    """What uv is told to use for a Python of the version ``python``: this one where it fits."""
    return sys.executable if is_this_version(python) else python


@contextmanager
def made_in_one_step(folder: Path) -> Generator[Path]:
    """A temporary folder that becomes ``folder`` when all is in it; nothing is left on an error."""
    temporary = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
    temporary.mkdir(parents=True)
    try:
        yield temporary
        temporary.rename(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _key(source: Path, python: str, only: tuple[str, ...]) -> str:
    if source.is_file():
        content = wheel_file(source).sha256
    elif any((source / name).exists() for name in ("pyproject.toml", "setup.py")):
        content = tree_hash(source, only)
    else:
        raise PackageProblem(
            f"{source} is not a package: it has no pyproject.toml.",
            fix="Name the folder that has it, or add one with a [project] and a [build-system] table.",
        )
    system = os.uname()
    place = f"{content} {python} {sys.implementation.name} {system.sysname} {system.machine}"
    return hashlib.sha256(place.encode()).hexdigest()[:32]


def _build(source: Path, folder: Path, python: str) -> None:
    with made_in_one_step(folder) as output, _tree_left_as_it_was(source):
        try:
            run_uv(
                ["build", "--wheel", "--python", own_python(python), "--out-dir", str(output), str(source)],
                folder=Path("/"),
            )
        except UvFailed as failed:
            raise _build_error(source, failed) from failed
        for extra in output.glob(".*"):
            extra.unlink()


def _build_error(source: Path, failed: UvFailed) -> PackageProblem | Unavailable:
    if classify(failed.output) in {Failure.DISK, Failure.NETWORK, Failure.ACCESS}:
        error = package_error(failed, f"building {source}")
        if isinstance(error, Unavailable):
            return error
    return PackageProblem(
        f"{source} does not build: {last_useful_lines(failed.output)}",
        fix=f"`uv build --wheel {source}` shows all of it.",
    )


@contextmanager
def _tree_left_as_it_was(source: Path) -> Generator[None]:
    # setuptools leaves build/ behind, from where modules that the user removed get into later wheels.
    before = _leftovers(source)
    try:
        yield
    finally:
        for left in _leftovers(source) - before:
            shutil.rmtree(left, ignore_errors=True)


def _leftovers(source: Path) -> set[Path]:
    if source.is_file():
        return set()
    return {source / "build"} & set(source.iterdir()) | {
        path for parent in (source, source / "src") for path in parent.glob("*.egg-info")
    }
