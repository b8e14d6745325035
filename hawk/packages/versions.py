"""Versions of Python: full ones (``3.11.7``), because packages' markers ask for the last number too."""

from __future__ import annotations

import sys


def this_version() -> str:
    """The version of the Python that runs now, as ``3.11.7``."""
    return ".".join(map(str, sys.version_info[:3]))


def is_this_version(version: str) -> bool:
    """Whether a version, full or as ``3.11``, is that of the Python that runs now; so is an empty one."""
    return version in {"", this_version(), minor(this_version())}


def minor(version: str) -> str:
    """``3.11`` of ``3.11.7``."""
    return ".".join(version.split(".")[:2])


def full(version: str) -> str:
    """A version with its last number: that of this Python where it fits, else the first one."""
    if is_this_version(version):
        return this_version()
    return version if version.count(".") > 1 else f"{version}.0"
