"""Where the logs are, made where they aren't yet."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cache import cached
from benchmarks.measure import ROOT

_SOURCES = sorted(Path(__file__).parent.glob("*.py"))


@dataclass(frozen=True)
class Growing:
    """A folder with a log, and the same later on."""

    before: Path
    after: Path


def finished(name: str) -> Path:
    """The folder above a finished log of a shape."""
    return cached(f"logs-{name}", _SOURCES, _maker("finished", name))


def growing(name: str) -> Growing:
    """A running log of a shape, and what it is when one sample in a hundred was added."""
    place = cached(f"growing-{name}", _SOURCES, _maker("growing", name))
    return Growing(place / "before", place / "after")


def log_of(folder: Path) -> Path:
    """The one log below a folder."""
    (found,) = folder.glob("*/*.eval")
    return found


def raw_bytes(log: Path) -> int:
    """The JSON of all samples of a log, unpacked."""
    with zipfile.ZipFile(log) as archive:
        return sum(one.file_size for one in archive.infolist() if one.filename.startswith("samples/"))


def _maker(kind: str, name: str) -> Callable[[Path], None]:
    """Logs are made in a process of their own: Inspect's imports stay out of what is measured."""

    def make(folder: Path) -> None:
        command = [sys.executable, "-m", "benchmarks.logs", kind, name, str(folder)]
        subprocess.run(command, check=True, cwd=ROOT)

    return make
