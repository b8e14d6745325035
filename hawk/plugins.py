"""Finds what is plugged in: entry points of installed packages, and what Hawk itself brings."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from hawk.backends.events.protocol import EventsSource
from hawk.backends.execution.protocol import ExecutionBackend
from hawk.backends.models.file import FileModels
from hawk.backends.models.protocol import ModelSource
from hawk.errors import InvalidConfig, Unavailable
from hawk.settings import ModelsSettings, Settings

EXECUTION = "hawk.execution"
"""The group of execution backends. An entry point is a class (or function) that takes the
:class:`Settings` and the keyword ``inherit_environment`` and gives an :class:`ExecutionBackend`."""

EVENTS = "hawk.events"
"""The group of events sources. An entry point is a class (or function) that takes the :class:`Settings`
and the keyword ``options``, its own part of ``[events]`` in hawk.toml, and gives an :class:`EventsSource`."""

MODELS = "hawk.models"
"""The group of sources of the map of models. An entry point is a class (or function) that takes the
:class:`Settings` and the keyword ``options``, those of ``[models]`` in hawk.toml, and gives a
:class:`ModelSource`."""

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


def model_source(settings: Settings) -> ModelSource | None:
    """The source of the map of models that the settings name, None where they name none.

    Raises InvalidConfig where they name several, Unavailable for one that can't be loaded.
    """
    models = settings.models
    if [models.file, models.url, models.plugin].count("") < 2:
        raise InvalidConfig(
            "The map of models can only come from one place.",
            fix="Leave one of `file`, `url` and `plugin` under [models] in hawk.toml.",
        )
    if models.file:
        return FileModels(Path(models.file))
    if models.url:
        return _http_models(models)
    return _plugged_models(settings) if models.plugin else None


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


def _http_models(models: ModelsSettings) -> ModelSource:
    from hawk.backends.models.http import HttpModels

    return HttpModels(
        models.url,
        token=models.token,
        token_file=Path(models.token_file) if models.token_file else None,
        seconds=models.refresh_seconds,
        timeout=models.timeout_seconds,
    )


def _plugged_models(settings: Settings) -> ModelSource:
    found, name = find(MODELS), settings.models.plugin
    if name not in found:
        raise Unavailable(
            f"There is no source of models {name!r} here, which [models] in hawk.toml names.",
            fix="Install the package that brings it, or correct the name.",
        )
    return _made(found[name], "source of models")(settings, options=settings.models.options)


def _made(point: EntryPoint, kind: str) -> Any:
    try:
        return point.load()
    except (ImportError, AttributeError) as error:
        raise Unavailable(
            f"The {kind} {point.name!r} ({point.value}) can't be loaded: {error}.",
            fix="Install its package again, or remove it.",
        ) from error
