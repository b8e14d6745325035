"""Where an import's time goes, for benchmarks: nothing is measured unless somebody asks."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager

import msgspec


class Stage(msgspec.Struct):
    """What one stage took, over all logs."""

    seconds: float = 0.0
    size: int = 0


_stages: dict[str, Stage] | None = None


@contextmanager
def measured() -> Generator[dict[str, Stage]]:
    """Measure imports in this process until the end of the block: stages by name."""
    global _stages  # noqa: PLW0603 (one measurement a process)
    _stages = found = {}
    try:
        yield found
    finally:
        _stages = None


class timed:  # noqa: N801 (used as a word)
    """A stretch of a stage, over ``size`` bytes of JSON."""

    __slots__ = ("_name", "_size", "_start")

    def __init__(self, name: str, size: int = 0) -> None:
        self._name = name
        self._size = size
        self._start = 0.0

    def __enter__(self) -> None:
        if _stages is not None:
            self._start = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        if _stages is not None:
            stage = _stages.setdefault(self._name, Stage())
            stage.seconds += time.perf_counter() - self._start
            stage.size += self._size
