"""Where logins are kept: the system's keyring, or a file where there is none."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from hawk.client.login.file_vault import FileVault
from hawk.client.login.keyring_vault import keyring_vault


class Vault(Protocol):
    """Keeps one secret for each server."""

    @property
    def place(self) -> str:
        """What it is, for people."""
        ...

    def get(self, server: str) -> bytes | None:
        """The secret; None where there is none. Raises Insecure where others may have read it."""
        ...

    def put(self, server: str, secret: bytes) -> None:
        """Replace the secret, all or nothing. Raises OSError where that can't be."""
        ...

    def drop(self, server: str) -> None:
        """Forget the secret."""
        ...


def vaults(folder: Path) -> tuple[Vault, ...]:
    """Those that this machine has: the first is written to, all are read."""
    files = FileVault(folder)
    ring = keyring_vault()
    return (files,) if ring is None else (ring, files)
