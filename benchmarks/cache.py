"""A folder that outlives a run, for what takes long to make and never changes."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

_DAY = 86_400


def cached(name: str, sources: Sequence[Path], make: Callable[[Path], None]) -> Path:
    """The folder that ``make`` filled, now or at an earlier run with the same ``sources``."""
    place = _root() / f"{name}-{_key(sources)}"
    if not place.exists():
        partial = place.with_name(f"{place.name}.{os.getpid()}.partial")
        try:
            partial.mkdir(parents=True)
            print(f"Making {place} …", file=sys.stderr)
            make(partial)
            partial.rename(place)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    os.utime(place)
    _forget_unused(name)
    return place


def _forget_unused(name: str) -> None:
    """Remove what other sources made and nobody used for a day."""
    for place in _root().glob(f"{name}-*"):
        if time.time() - place.stat().st_mtime > _DAY:
            shutil.rmtree(place, ignore_errors=True)


def _root() -> Path:
    given = os.environ.get("HAWK_BENCH_CACHE")
    return Path(given) if given else Path(tempfile.gettempdir()) / f"hawk-benchmarks-{os.getuid()}"


def _key(sources: Sequence[Path]) -> str:
    told = hashlib.blake2b(digest_size=6)
    told.update(f"{sys.version_info[:2]} {version('inspect-ai')}".encode())
    for source in sources:
        told.update(source.read_bytes())
    return told.hexdigest()
