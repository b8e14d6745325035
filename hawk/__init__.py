"""Hawk runs Inspect AI evaluations and Inspect Scout scans, and makes what they produce queryable."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """``hawk.results``, once it is asked for: importing Hawk loads nothing, not even ``typing``."""
    if name != "results":
        raise AttributeError(f"module 'hawk' has no attribute {name!r}")
    import importlib

    return importlib.import_module("hawk.results")
