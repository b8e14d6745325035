"""The logins of this user, by server."""

from __future__ import annotations

import asyncio
import fcntl
import os
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from functools import cached_property
from pathlib import Path
from typing import Final

import msgspec

from hawk.client.login.file_vault import FileVault, file_name, private_folder
from hawk.client.login.keyring_vault import keyring_vault
from hawk.client.login.record import Login
from hawk.client.login.vault import Vault
from hawk.errors import Busy, NotLoggedIn, Unavailable
from hawk.settings import Settings

_PATIENCE: Final = 60.0
_LOOK: Final = 0.05
"""Seconds to wait for another command at the same login, at all and between two looks."""


class Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The logins of one server, newest last."""

    logins: tuple[Login, ...] = ()


class Logins:
    """What is kept in the system's keyring, or in files of ``folder`` where there is none.

    A file is read first, for a keyring takes long to be found: it is there while no keyring took what it has.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: Vault = FileVault(folder)

    @cached_property
    def _ring(self) -> Vault | None:
        return keyring_vault()

    def find(self, server: str, wanted: Callable[[Login], bool] = lambda _: True) -> Login | None:
        """The newest login for a server that is ``wanted``. Raises NotLoggedIn for what can't be trusted."""
        return next((one for one in reversed(self._read(server).logins) if wanted(one)), None)

    def all(self, server: str) -> tuple[Login, ...]:
        """All logins for a server that can be read."""
        try:
            return self._read(server).logins
        except NotLoggedIn:
            return ()

    def put(self, login: Login) -> None:
        """Keep a login in place of its older self. Who calls holds the server's lock."""
        others = tuple(one for one in self.all(login.server) if one.key != login.key)
        self._write(login.server, Kept((*others, login)))

    def clear(self, server: str) -> None:
        """Forget whatever is kept for a server, readable or not."""
        self._files.drop(server)
        if self._ring is not None:
            self._ring.drop(server)

    @asynccontextmanager
    async def locked(self, server: str) -> AsyncGenerator[None]:
        """Alone with a server's logins. Freed by the kernel if this process dies. Raises Busy."""
        private_folder(self._folder)
        descriptor = os.open(self._lock(server), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            await _held(descriptor)
            yield
        finally:
            os.close(descriptor)

    def _read(self, server: str) -> Kept:
        secret = self._files.get(server)
        if secret is not None:
            return decoded(secret, server, self._files.place)
        # Without a lock nobody ever logged in, and the keyring needn't be asked.
        if self._lock(server).exists() and self._ring is not None:
            secret = self._ring.get(server)
            return Kept() if secret is None else decoded(secret, server, self._ring.place)
        return Kept()

    def _write(self, server: str, kept: Kept) -> None:
        secret = msgspec.json.encode(kept)
        if self._ring is not None and self._ring.put(server, secret):
            self._files.drop(server)
            return
        try:
            self._files.put(server, secret)
        except OSError as error:
            raise Unavailable(f"The login can't be kept in {self._folder}: {error.strerror}.") from error
        if self._ring is not None:
            self._ring.drop(server)

    def _lock(self, server: str) -> Path:
        return self._folder / f"{file_name(server)}.lock"


def logins_of(settings: Settings) -> Logins:
    """The logins of this user."""
    return Logins(settings.config_home / "logins")


def decoded(secret: bytes, server: str, place: str) -> Kept:
    """What a vault gave back. Raises NotLoggedIn where it isn't what was put there."""
    try:
        kept = msgspec.json.decode(secret, type=Kept)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _spoilt(server, place) from error
    if any(one.server != server for one in kept.logins):
        raise _spoilt(server, place)
    return kept


def _spoilt(server: str, place: str) -> NotLoggedIn:
    return NotLoggedIn(
        f"The login for {server} in {place} can't be read any more.", fix="Log in with: hawk login"
    )


async def _held(descriptor: int) -> None:
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > deadline:
                raise Busy("Another command is at the same login.", fix="Try again.") from error
            await asyncio.sleep(_LOOK)
        else:
            return
