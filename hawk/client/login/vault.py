"""Where logins are kept: the system's keyring, or a file where there is none."""

from __future__ import annotations

from typing import Protocol


class Vault(Protocol):
    """Keeps one secret for each server."""

    @property
    def place(self) -> str:
        """What it is, for people."""
        ...

    def get(self, server: str) -> bytes | None:
        """The secret; None where there is none. Raises Insecure where others may have read it."""
        ...

    def put(self, server: str, secret: bytes) -> bool:
        """Replace the secret, all or nothing. Returns whether it is kept. Raises OSError."""
        ...

    def drop(self, server: str) -> None:
        """Forget the secret."""
        ...
