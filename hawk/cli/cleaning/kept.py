"""What Hawk keeps on this machine that it can make again, or that nobody needs once its job has ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec

Kind = Literal["environment", "wheel", "lock", "package", "upload", "job"]

JUST_NOW = 600.0
"""Seconds for which what was used stays: a submission may be about to use it again."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A folder or a file. ``path`` is as on this machine, ``size`` bytes."""

    kind: Kind
    path: str
    size: int
    used_at: datetime

    @property
    def place(self) -> Path:
        """Its path as one."""
        return Path(self.path)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is to go: what was not used since ``before``, and of the rest the oldest above ``most`` bytes."""

    before: datetime
    most: int | None = None


def chosen(found: Iterable[Kept], wanted: Wanted) -> list[Kept]:
    """What goes, the longest unused first."""
    oldest_first = sorted(found, key=lambda one: (one.used_at, one.path))
    excess = sum(one.size for one in oldest_first) - wanted.most if wanted.most is not None else 0
    going: list[Kept] = []
    for one in oldest_first:
        if one.used_at <= wanted.before or excess > 0:
            going.append(one)
            excess -= one.size
    return going


def by_kind(some: Sequence[Kept]) -> dict[Kind, list[Kept]]:
    """The same, kind by kind."""
    groups: dict[Kind, list[Kept]] = {}
    for one in some:
        groups.setdefault(one.kind, []).append(one)
    return groups


def when(seconds: float) -> datetime:
    """A file's time."""
    return datetime.fromtimestamp(seconds, UTC)
