"""The caches of packages, and what uploads left: all of it is made or sent again where it is missing."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from hawk.cli.cleaning.kept import JUST_NOW, Kept, Kind, when
from hawk.cli.cleaning.live import used_by_live_jobs
from hawk.packages.prune import environment_in_use, last_used, remove_environment, size_of

_PLACES: tuple[tuple[Kind, str], ...] = (
    ("wheel", "wheels"),
    ("lock", "locks"),
    ("package", "packages"),
    ("upload", "uploads"),
)


def cached(home: Path) -> Iterator[Kept]:
    """All that could go: nothing that a live job uses, and nothing that was used just now."""
    for folder in _entries(home / "environments"):
        if folder.is_dir() and not environment_in_use(folder):
            yield _kept("environment", folder, last_used(folder))
    needed = used_by_live_jobs(home)
    for kind, name in _PLACES:
        for path in _entries(home / name):
            if path not in needed and time.time() - path.stat().st_mtime > JUST_NOW:
                yield _kept(kind, path, path.stat().st_mtime)


def remove_cached(one: Kept) -> bool:
    """Remove it; False where somebody began to use it meanwhile."""
    if one.kind == "environment":
        return remove_environment(one.place)
    if one.place.is_dir():
        shutil.rmtree(one.place)
    else:
        one.place.unlink(missing_ok=True)
    return True


def _entries(folder: Path) -> list[Path]:
    return sorted(folder.glob("[!.]*"))


def _kept(kind: Kind, path: Path, used: float) -> Kept:
    size = size_of(path) if path.is_dir() else path.lstat().st_size
    return Kept(kind=kind, path=str(path), size=size, used_at=when(used))
