"""Secrets in files that only this user can read."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from pathlib import Path

from hawk.errors import NotLoggedIn

_PRIVATE = 0o077


class Insecure(NotLoggedIn):
    """A file of tokens that others could read or have written."""

    title = "Login not kept safely"


class FileVault:
    """One file of mode 0600 for each server, in a folder of mode 0700. Who writes holds the server's lock."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def place(self) -> str:
        """The folder."""
        return str(self._folder)

    def get(self, server: str) -> bytes | None:
        """What the file of a server has. Raises Insecure where it isn't this user's alone."""
        path = self._path(server)
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        except FileNotFoundError:
            return None
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise _no_file(path) from error
            raise
        with os.fdopen(descriptor, "rb") as file:
            _check(path, os.fstat(descriptor))
            return file.read()

    def put(self, server: str, secret: bytes) -> bool:
        """Replace the file; after a power cut there is the old or the new one."""
        path = self._path(server)
        private_folder(self._folder)
        # A fixed name: what a command that was killed left is overwritten, not left lying about.
        new = path.with_suffix(".new")
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secret)
            file.flush()
            os.fsync(descriptor)
        new.replace(path)
        _sync(self._folder)
        return True

    def drop(self, server: str) -> None:
        """Remove the file."""
        for path in (self._path(server), self._path(server).with_suffix(".new")):
            path.unlink(missing_ok=True)

    def _path(self, server: str) -> Path:
        return self._folder / f"{file_name(server)}.json"


def file_name(server: str) -> str:
    """What a server's files are called: a URL can't be a name."""
    return hashlib.sha256(server.encode()).hexdigest()[:32]


def private_folder(folder: Path) -> None:
    """Make a folder that is this user's alone. Raises Insecure where it is somebody else's."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.stat()
    if found.st_uid != os.geteuid():
        raise Insecure(f"{folder} belongs to another user.", fix="Remove it, then: hawk login")
    if found.st_mode & _PRIVATE:
        folder.chmod(0o700)


def _check(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise _no_file(path)
    if found.st_uid != os.geteuid():
        raise Insecure(f"{path} belongs to another user.", fix="Remove it, then: hawk login")
    if found.st_mode & _PRIVATE:
        mode = stat.S_IMODE(found.st_mode)
        raise Insecure(
            f"Others can read the login in {path} (mode {mode:04o}).",
            fix=f"Log in anew with: hawk login (or, if nobody did: chmod 600 {path})",
        )


def _no_file(path: Path) -> Insecure:
    return Insecure(f"{path} is no file.", fix="Remove it, then: hawk login")


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
