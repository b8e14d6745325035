"""Files that others read while they are replaced."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec


def replace(path: Path, value: msgspec.Struct) -> None:
    """Write a struct as JSON so that a reader sees the old file or the new one, never a part."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_bytes(msgspec.json.encode(value))
    draft.replace(path)
