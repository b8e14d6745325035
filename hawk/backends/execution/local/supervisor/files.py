"""Small files that are replaced as a whole, and read whether or not they are whole."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, cast


def write_atomic(path: Path, data: bytes) -> None:
    """Replace a file so that a reader, or a crash, sees the old content or the new, never a part."""
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        _write_private(new, data)
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def write_json(path: Path, value: object) -> None:
    """Replace a file with a value as JSON."""
    write_atomic(path, json.dumps(value, separators=(",", ":")).encode())


def read_object(path: Path) -> dict[str, Any]:
    """The JSON object in a file; empty where there is none, or only half of one."""
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _write_private(path: Path, data: bytes) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(fd)


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
