"""Keeps the caches of packages small: environments, wheels and locks that nobody used for long."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from hawk.packages.files import open_lock

MARKER = ".hawk-complete"
"""Written last, and touched by every use: a folder without it is not an environment."""
_DAY = 86_400


def prune(home: Path, max_age_days: float, max_bytes: int) -> tuple[Path, ...]:
    """Remove what was not used for so long, then the longest unused environments above the size.

    An environment that a job uses stays, whatever its age. Returns the environments, wheels and
    locks that were removed.
    """
    return (*_environments(home / "environments", max_age_days, max_bytes), *_files(home, max_age_days))


def environment_in_use(folder: Path) -> bool:
    """Whether a job runs in an environment, or is just making it."""
    lock = open_lock(folder.parent, folder.name)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def _environments(folder: Path, max_age_days: float, max_bytes: int) -> Iterator[Path]:
    sizes = {p: size_of(p) for p in folder.glob("[!.]*") if p.is_dir()}
    excess = sum(sizes.values()) - max_bytes
    for environment in sorted(sizes, key=last_used):
        too_old = time.time() - last_used(environment) > max_age_days * _DAY
        if (too_old or excess > 0) and remove_environment(environment):
            excess -= sizes[environment]
            yield environment


def _files(home: Path, max_age_days: float) -> Iterator[Path]:
    for path in (*(home / "wheels").glob("[!.]*"), *(home / "locks").glob("[!.]*")):
        if time.time() - path.stat().st_mtime <= max_age_days * _DAY:
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
        yield path


def last_used(folder: Path) -> float:
    """When an environment was used last, in seconds since the epoch."""
    marker = folder / MARKER
    return (marker if marker.exists() else folder).stat().st_mtime


def size_of(folder: Path) -> int:
    """Bytes of all that is in a folder."""
    return sum(path.lstat().st_size for path in folder.rglob("*"))


def remove_environment(folder: Path) -> bool:
    """Remove an environment; False where a job uses it."""
    lock = open_lock(folder.parent, folder.name)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        (folder / MARKER).unlink(missing_ok=True)
        shutil.rmtree(folder)
    except BlockingIOError:
        return False
    finally:
        os.close(lock)
    return True
