"""Finds what is plugged in: entry points of installed packages, and what Hawk itself brings."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import Any

from hawk.backends.events.protocol import EventsSource
from hawk.backends.execution.protocol import ExecutionBackend
from hawk.errors import Unavailable
from hawk.settings import Settings

EXECUTION = "hawk.execution"
"""The group of execution backends. An entry point is a class (or function) that takes the
:class:`Settings` and the keyword ``inherit_environment`` and gives an :class:`ExecutionBackend`."""

EVENTS = "hawk.events"
"""The group of events sources. An entry point is a class (or function) that takes the :class:`Settings`
and the keyword ``options``, its own part of ``[events]`` in hawk.toml, and gives an :class:`EventsSource`."""

_BUILT_IN = (EntryPoint("local", "hawk.backends.execution.local.backend:LocalBackend", EXECUTION),)


def execution_backends(
    settings: Settings, *, inherit_environment: bool = True
) -> dict[str, ExecutionBackend]:
    """Every backend by its name. Raises :class:`Unavailable` naming the one that can't be loaded."""
    return {
        name: _load(point, settings, inherit_environment=inherit_environment)
        for name, point in sorted(find(EXECUTION).items())
    }


def events_sources(settings: Settings) -> dict[str, EventsSource]:
    """The events sources that the settings name. Raises Unavailable for one that can't be loaded."""
    if not settings.events:
        return {}
    found = find(EVENTS)
    return {name: _source(found, name, settings) for name in sorted(settings.events)}


def find(group: str) -> dict[str, EntryPoint]:
    """The entry points of a group by name; Hawk's own are there even where its metadata is stale."""
    own = {point.name: point for point in _BUILT_IN if point.group == group}
    return {point.name: point for point in entry_points(group=group)} | own


def _load(point: EntryPoint, settings: Settings, *, inherit_environment: bool) -> ExecutionBackend:
    return _made(point, "execution backend")(settings, inherit_environment=inherit_environment)


def _source(found: dict[str, EntryPoint], name: str, settings: Settings) -> EventsSource:
    if name not in found:
        raise Unavailable(
            f"There is no events source {name!r} here, which [events.{name}] in hawk.toml sets up.",
            fix="Install the package that brings it (hawk-aws for sqs), or remove that part.",
        )
    return _made(found[name], "events source")(settings, options=settings.events[name])


def _made(point: EntryPoint, kind: str) -> Any:
    try:
        return point.load()
    except (ImportError, AttributeError) as error:
        raise Unavailable(
            f"The {kind} {point.name!r} ({point.value}) can't be loaded: {error}.",
            fix="Install its package again, or remove it.",
        ) from error
