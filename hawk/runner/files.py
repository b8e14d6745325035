"""Files that others read while they are replaced."""

from __future__ import annotations

from pathlib import Path

import msgspec

from hawk.packages.files import replace_bytes


def replace(path: Path, value: msgspec.Struct) -> None:
    """Write a struct as JSON so that a reader sees the old file or the new one, never a part."""
    replace_bytes(path, msgspec.json.encode(value))
