"""Paths inside a storage: relative, with slashes, never out of it."""

from __future__ import annotations

from hawk.errors import UsageFault


def checked(path: str) -> str:
    """The path as it is. Raises UsageFault where it isn't the plain relative path of a file."""
    parts = path.split("/")
    if any(part in {"", ".", ".."} for part in parts) or any(ord(char) < 32 for char in path):
        raise UsageFault(
            f"{path!r} is not a path inside the storage.", fix="Use a relative path without '..'."
        )
    return path


def checked_prefix(prefix: str) -> str:
    """A folder to list, with or without its slash; empty for everything."""
    folder = prefix.removesuffix("/")
    return checked(folder) if folder else ""
