"""A short path for the socket of Inspect's control server, where Inspect's own would be too long for one.

Inspect puts it into its data folder (``XDG_DATA_HOME``), however deep that lies; ``inspect ctl`` finds it
wherever it is, by the file that Inspect leaves in that folder.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from inspect_ai._control import discovery, server

_LONGEST = 103
"""Bytes of a socket's path: 107 on Linux, 103 on macOS."""

_PREFIX = "hawk-control-"


@contextmanager
def reachable_socket() -> Generator[None]:
    """Have Inspect open its control server where one can be opened.

    The path comes from a name that Inspect keeps to itself: where that is gone, the path stays Inspect's.
    """
    if _fits(discovery.default_socket_path(os.getpid())) or not hasattr(server, "default_socket_path"):
        yield
        return
    with _folder_of_its_own() as folder:
        plain = discovery.default_socket_path

        def short(pid: int) -> Path:
            return folder / f"{pid}.sock"

        _take_from(short)
        try:
            yield
        finally:
            _take_from(plain)


def _take_from(path: Callable[[int], Path]) -> None:
    for module in (discovery, server):
        setattr(module, "default_socket_path", path)  # noqa: B010 - the server's is a copy it doesn't export


def _fits(path: Path) -> bool:
    return len(os.fsencode(path)) <= _LONGEST


@contextmanager
def _folder_of_its_own() -> Generator[Path]:
    """A folder that only this user may enter, locked while it is used: one that isn't was left by a kill."""
    base = _base()
    _remove_leftovers(base)
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base))
        lock = _lock(folder)
        if lock is not None and folder.exists():
            break  # Else another run took it for a leftover before it was locked.
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _base() -> Path:
    places = [os.environ.get("XDG_RUNTIME_DIR", ""), tempfile.gettempdir(), "/tmp"]  # noqa: S108 - by mkdtemp
    longest_name = f"{_PREFIX}12345678/12345678.sock"
    usable = (Path(one) for one in places if one and os.access(one, os.W_OK | os.X_OK))
    return next((one for one in usable if _fits(one / longest_name)), Path(tempfile.gettempdir()))


def _remove_leftovers(base: Path) -> None:
    for folder in base.glob(f"{_PREFIX}*"):
        lock = _lock(folder)
        if lock is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)


def _lock(folder: Path) -> int | None:
    """A descriptor that holds the folder's lock; None where another has it, or it isn't ours or there."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    with suppress(OSError):
        if os.fstat(descriptor).st_uid == os.getuid():
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
    os.close(descriptor)
    return None
