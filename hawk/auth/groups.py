"""Names of groups, as tokens write them and as Hawk compares them."""

from __future__ import annotations

from collections.abc import Iterable

_PREFIX, _LEGACY = "model-access-", "-models"


def normal_group(name: str) -> str:
    """One name for one group: an older deployment's ``X-models`` is ``model-access-X``."""
    stem = name.removesuffix(_LEGACY)
    return f"{_PREFIX}{stem}" if stem and stem != name and not name.startswith(_PREFIX) else name


def normal_groups(names: Iterable[str]) -> frozenset[str]:
    """The names, each in the form that is compared."""
    return frozenset(map(normal_group, names))
