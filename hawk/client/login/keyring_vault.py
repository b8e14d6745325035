"""Secrets in the system's keyring, where the optional package ``keyring`` finds a real one."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Protocol, cast

SERVICE = "hawk"


class _Backend(Protocol):
    priority: float
    name: str

    def get_password(self, service: str, username: str) -> str | None: ...
    def set_password(self, service: str, username: str, password: str) -> None: ...
    def delete_password(self, service: str, username: str) -> None: ...


class KeyringVault:
    """One entry for each server. A keyring that is locked has nothing, and takes nothing."""

    def __init__(self, backend: _Backend, failure: type[Exception]) -> None:
        self._backend = backend
        self._failure = failure

    @property
    def place(self) -> str:
        """The keyring's name."""
        return self._backend.name

    def get(self, server: str) -> bytes | None:
        """The entry of a server."""
        try:
            found = self._backend.get_password(SERVICE, server)
        except self._failure:
            return None
        return None if found is None else found.encode()

    def put(self, server: str, secret: bytes) -> bool:
        """Replace the entry. Returns whether the keyring took it."""
        try:
            self._backend.set_password(SERVICE, server, secret.decode())
        except self._failure:
            return False
        return True

    def drop(self, server: str) -> None:
        """Remove the entry."""
        try:
            if self._backend.get_password(SERVICE, server) is not None:
                self._backend.delete_password(SERVICE, server)
        except self._failure:
            return  # It is locked, or it was never there: nothing of it can be read either.


def keyring_vault() -> KeyringVault | None:
    """The system's keyring; None without the package, or where it found nothing that keeps a secret."""
    if importlib.util.find_spec("keyring") is None:
        return None
    backend = cast("_Backend", importlib.import_module("keyring").get_keyring())
    failure = cast("type[Exception]", importlib.import_module("keyring.errors").KeyringError)
    return KeyringVault(backend, failure) if backend.priority >= 1 else None
