"""``hawk config show``."""

from __future__ import annotations

import re
from typing import Any, cast

import msgspec

from hawk.cli.environment import DOTENV, source_of
from hawk.cli.options import Json
from hawk.cli.output import show, show_json
from hawk.cli.rendering.table import Column, table
from hawk.cli.session import current_settings
from hawk.packages.redaction import redact
from hawk.settings import Settings, setting_sources

_DATABASE_PASSWORD = re.compile(r"(?<=://)([^:/@]*:).*(?=@)|([?&]password=)[^&]*")
_SECRETS = {"auth.web_client_secret", "models.token"}
_OPTIONS = "models.options."
_COLUMNS = (Column("SETTING"), Column("VALUE"), Column("FROM"))


class Setting(msgspec.Struct, frozen=True):
    """A setting in force. ``source`` is a variable, a path, or ``default``."""

    name: str
    value: str | int | float | None
    source: str


def config_show(*, json: Json = False) -> None:
    """Print every setting, its value, and where it comes from."""
    settings = _settings(current_settings())
    if json:
        show_json({"items": settings, "next": None})
        return
    rows = [(one.name, "-" if one.value is None else str(one.value), one.source) for one in settings]
    show("\n".join(table(_COLUMNS, rows)))


def _settings(settings: Settings) -> list[Setting]:
    return [
        Setting(name, _value(settings, name), _source(source)) for name, source in setting_sources().items()
    ]


def _value(settings: Settings, name: str) -> str | int | float | None:
    value = _found(settings, name)
    derived = {"storage": settings.storage_url}
    if name == "database":
        return _DATABASE_PASSWORD.sub(r"\1\2****", settings.database_url)
    if name in _SECRETS:
        return "****" if value else ""
    if isinstance(value, tuple):
        return " ".join(cast("tuple[str, ...]", value))
    if not value and name in derived:
        return redact(derived[name])
    return value if value is None or isinstance(value, int | float) else redact(str(value))


def _found(settings: Settings, name: str) -> Any:
    """The value behind a dotted name."""
    section, _, field = name.partition(".")
    if section == "events":
        source, _, option = field.partition(".")
        return settings.events[source][option]
    if name.startswith(_OPTIONS):
        return settings.models.options[name.removeprefix(_OPTIONS)]
    if section == "prices":
        model, _, kind = field.rpartition(".")
        return getattr(settings.prices[model], kind)
    return getattr(getattr(settings, section), field) if field else getattr(settings, section)


def _source(source: str) -> str:
    return f"{source} in {DOTENV}" if source_of(source) == DOTENV else source
