"""A folder on this machine, where the store's own ways don't do.

Its writes are atomic but not durable and know no condition on an etag; its listing fails as a whole
where one file has a name that it can't take, and user code names files in here.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from stat import S_ISREG

_LEFT_OUT = re.compile("#[0-9]+$|[\x00-\x1f\x7f\ud800-\udfff]")
"""Files that are just being written, and names that no storage takes."""

_COPIED = 1 << 20
"""Bytes in memory while a file is copied."""


def write(target: Path, data: bytes | Path, *, create: bool = False, if_match: str | None = None) -> None:
    """Replace ``target`` by bytes or by another file's, which stays.

    Raises FileExistsError where the condition on what is there doesn't hold.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}#{secrets.randbelow(10**12)}")
    try:
        _write_durably(partial, data)
        if create:
            os.link(partial, target)
        elif if_match is None:
            partial.replace(target)
        else:
            _replace_if(partial, target, if_match)
    finally:
        partial.unlink(missing_ok=True)
    _sync_folder(target.parent)


def files(root: Path, folder: str, *, deep: bool = True) -> Iterator[tuple[str, os.stat_result]]:
    """The path and stat of every file below ``folder``, without what is just being written.

    Without ``deep`` it is only those directly in it.
    """
    for place, inner, names in os.walk(root / folder, onerror=_unless_gone):
        if not deep:
            inner.clear()
        below = Path(place).relative_to(root)
        for name in names:
            path = (below / name).as_posix()
            stat = _stat(root / path)
            if stat is not None and not _LEFT_OUT.search(path):
                yield path, stat


def folders(root: Path, folder: str) -> list[str]:
    """The paths of the folders directly in ``folder``; links are none."""
    try:
        with os.scandir(root / folder) as there:
            names = [one.name for one in there if one.is_dir(follow_symlinks=False)]
    except OSError as error:
        _unless_gone(error)
        return []
    paths = ((Path(folder) / name).as_posix() for name in names)
    return sorted(path for path in paths if not _LEFT_OUT.search(path))


def etag_of(stat: os.stat_result) -> str:
    """The etag that the store gives a local file."""
    return f'"{stat.st_ino:x}-{stat.st_mtime_ns // 1000:x}-{stat.st_size:x}"'


def _replace_if(partial: Path, target: Path, etag: str) -> None:
    with _locked(target.parent):
        if _version(target) != etag:
            raise FileExistsError(target)
        partial.replace(target)


def _version(path: Path) -> str | None:
    stat = _stat(path)
    return etag_of(stat) if stat else None


def _stat(path: Path) -> os.stat_result | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found if S_ISREG(found.st_mode) else None


def _unless_gone(error: OSError) -> None:
    """A folder that may not be read is no empty folder; one that isn't there is."""
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        raise error


@contextmanager
def _locked(folder: Path) -> Generator[None]:
    """Hold a folder against other conditional writers; the lock goes with the process."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _write_durably(path: Path, data: bytes | Path) -> None:
    # The name ends in "#" and digits, which the store's listing leaves out.
    with path.open("xb") as file:
        if isinstance(data, bytes):
            file.write(data)
        else:
            with data.open("rb") as source:
                shutil.copyfileobj(source, file, _COPIED)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
