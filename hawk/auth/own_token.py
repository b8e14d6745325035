"""The token of a server without logins: in a file that nobody but its own user can read.

Whoever may read the file may use the server, so the commands of that user find it by themselves. It stays
the same over restarts, so that what follows a job goes on.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Mapping
from hmac import compare_digest
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from hawk.auth.bearer import bearer_token
from hawk.auth.caller import Caller
from hawk.errors import NotLoggedIn, Unavailable
from hawk.loopback import is_loopback

FOLDER = "serve"
"""In Hawk's home: a file for each address that a server of its listens at."""

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class OwnToken(msgspec.Struct, frozen=True):
    """The authenticator of a server without logins: who has its token is its user."""

    name: str
    token: str

    async def caller(self, headers: Mapping[str, str]) -> Caller | None:
        """Its user. Raises NotLoggedIn for everybody else."""
        if compare_digest((bearer_token(headers) or "").encode(), self.token.encode()):
            return Caller(name=self.name, admin=True)
        raise NotLoggedIn(
            "This server has no logins: it is for the user who started it.",
            fix="Be that user, with the server's HAWK_HOME, or set HAWK_ACCESS_TOKEN to its token.",
        )


def token_file(home: Path, host: str, port: int) -> Path:
    """Where the token of a server at an address of this machine is. ``localhost`` is 127.0.0.1."""
    name = "127.0.0.1" if host == "localhost" else host.strip("[]").replace(":", "_")
    return home / FOLDER / f"{name}-{port}.token"


def token_for(home: Path, url: str) -> str | None:
    """The token for a URL, None where it isn't one of this user's servers on this machine."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 80
    except ValueError:
        return None
    return _read(token_file(home, host, port)) if parts.scheme == "http" and is_loopback(host) else None


def keep_token(home: Path, host: str, port: int) -> str:
    """The token of the server at an address, made where there is none. Raises Unavailable."""
    path = token_file(home, host, port)
    try:
        return _read(path) or _make(path)
    except OSError as error:
        raise Unavailable(
            f"The server's token can't be kept in {path}: {error.strerror}.",
            fix="Set HAWK_HOME to a folder that this user may write.",
        ) from error


def _read(path: Path) -> str | None:
    """What only this user can have written, and nobody else can have read."""
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            if found.st_uid != os.getuid() or found.st_mode & _OTHERS:
                return None
            return file.read(200).decode("ascii").strip() or None
    except (FileNotFoundError, PermissionError, UnicodeDecodeError):
        return None


def _make(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    token = secrets.token_urlsafe(32)
    partial = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    file = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "w") as out:
        out.write(f"{token}\n")
    partial.replace(path)
    return token
