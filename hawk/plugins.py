"""Finds what is plugged in: entry points of installed packages, and what Hawk itself brings."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points

from hawk.backends.execution.protocol import ExecutionBackend
from hawk.errors import Unavailable
from hawk.settings import Settings

EXECUTION = "hawk.execution"
"""The group of execution backends. An entry point is a class (or function) that takes the
:class:`Settings` and the keyword ``inherit_environment`` and gives an :class:`ExecutionBackend`."""

_BUILT_IN = (EntryPoint("local", "hawk.backends.execution.local.backend:LocalBackend", EXECUTION),)


def execution_backends(
    settings: Settings, *, inherit_environment: bool = True
) -> dict[str, ExecutionBackend]:
    """Every backend by its name. Raises :class:`Unavailable` naming the one that can't be loaded."""
    return {
        name: _load(point, settings, inherit_environment=inherit_environment)
        for name, point in sorted(find(EXECUTION).items())
    }


def find(group: str) -> dict[str, EntryPoint]:
    """The entry points of a group by name; Hawk's own are there even where its metadata is stale."""
    own = {point.name: point for point in _BUILT_IN if point.group == group}
    return {point.name: point for point in entry_points(group=group)} | own


def _load(point: EntryPoint, settings: Settings, *, inherit_environment: bool) -> ExecutionBackend:
    try:
        make = point.load()
    except (ImportError, AttributeError) as error:
        raise Unavailable(
            f"The execution backend {point.name!r} ({point.value}) can't be loaded: {error}.",
            fix="Install its package again, or remove it.",
        ) from error
    return make(settings, inherit_environment=inherit_environment)
