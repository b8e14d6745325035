"""The logins of this user, by server."""

from __future__ import annotations

import asyncio
import fcntl
import os
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import msgspec

from hawk.client.login.file_vault import file_name, private_folder
from hawk.client.login.record import Login
from hawk.client.login.vault import Vault, vaults
from hawk.errors import Busy, NotLoggedIn, Unavailable
from hawk.settings import Settings

_PATIENCE: Final = 60.0
_LOOK: Final = 0.05
"""Seconds to wait for another command at the same login, at all and between two looks."""


class Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The logins of one server, newest last."""

    logins: tuple[Login, ...] = ()


class Logins:
    """What is kept in ``folder``, and in the keyring where there is one."""

    def __init__(self, folder: Path, kept_in: tuple[Vault, ...] | None = None) -> None:
        self._folder = folder
        self._vaults = vaults(folder) if kept_in is None else kept_in

    @property
    def place(self) -> str:
        """Where a login is kept, for people."""
        return self._vaults[0].place

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
        for vault in self._vaults:
            vault.drop(server)

    @asynccontextmanager
    async def locked(self, server: str) -> AsyncGenerator[None]:
        """Alone with a server's logins. Freed by the kernel if this process dies. Raises Busy."""
        private_folder(self._folder)
        path = self._folder / f"{file_name(server)}.lock"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            await _held(descriptor)
            yield
        finally:
            os.close(descriptor)

    def _read(self, server: str) -> Kept:
        for vault in self._vaults:
            secret = vault.get(server)
            if secret is not None:
                return decoded(secret, server, vault.place)
        return Kept()

    def _write(self, server: str, kept: Kept) -> None:
        secret = msgspec.json.encode(kept)
        refused: OSError | None = None
        for place, vault in enumerate(self._vaults):
            try:
                vault.put(server, secret)
            except OSError as error:
                refused = error
                continue
            for other in (*self._vaults[:place], *self._vaults[place + 1 :]):
                other.drop(server)
            return
        raise Unavailable(f"The login can't be kept in {self._folder}: {refused}.") from refused


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
