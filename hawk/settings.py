"""All settings in one struct: defaults, then ``hawk.toml``, then ``.env``, then the environment."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote, urlsplit

import msgspec

from hawk.errors import InvalidConfig

CONFIG_FILE = "hawk.toml"


class LocalSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The local backend. ``stop_grace`` and ``stop_cap`` are seconds: without progress, and at all."""

    max_running: int = msgspec.field(default_factory=lambda: os.cpu_count() or 1)
    max_restarts: int = 3
    stop_grace: float = 6.0
    stop_cap: float = 300.0


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where everything is, and how much of it there may be.

    ``home`` holds what Hawk keeps on this machine. ``storage`` is the root that ``evals/``,
    ``jobs/`` and ``packages/`` lie under; ``log_root`` moves the ``evals`` folder elsewhere (and
    its neighbours with it). ``server`` is the API to talk to; None means this machine.
    """

    home: Path
    config_home: Path
    server: str | None = None
    storage: str = ""
    log_root: str | None = None
    database: str = ""
    backend: str = "local"
    local: LocalSettings = LocalSettings()

    @property
    def storage_url(self) -> str:
        """The root of the storage as a URL, without a slash at its end."""
        if self.log_root:
            return _as_url(self.log_root).rsplit("/", 1)[0]
        return _as_url(self.storage or str(self.home / "storage"))

    @property
    def evals_url(self) -> str:
        """The folder of all eval logs as a URL."""
        return _as_url(self.log_root) if self.log_root else f"{self.storage_url}/evals"

    @property
    def database_url(self) -> str:
        """The warehouse: ``sqlite:///…`` in ``home`` unless another is set."""
        return self.database or f"sqlite:///{self.home / 'hawk.db'}"


_ENVIRONMENT = {
    "HAWK_API_URL": "server",
    "HAWK_STORAGE": "storage",
    "INSPECT_LOG_ROOT_DIR": "log_root",
    "HAWK_DATABASE_URL": "database",
    "HAWK_BACKEND": "backend",
}


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings in force. Raises :class:`InvalidConfig` with the file and the key at fault."""
    env = os.environ if environ is None else environ
    config_home = _config_home(env)
    values = _read_toml(Path(env.get("HAWK_CONFIG") or config_home / CONFIG_FILE))
    values |= {key: env[name] for name, key in _ENVIRONMENT.items() if env.get(name)}
    values |= {"home": str(_home(env, values)), "config_home": str(config_home)}
    try:
        return msgspec.convert(values, Settings, strict=False, dec_hook=_path)
    except msgspec.ValidationError as error:
        raise InvalidConfig(f"The settings are not valid: {error}.", fix="See `hawk config show`.") from error


def setting_sources(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Where each setting comes from: a variable's name, the path of ``hawk.toml``, or ``default``.

    The settings of the local backend are named ``local.max_running`` and so on.
    """
    env = os.environ if environ is None else environ
    path = Path(env.get("HAWK_CONFIG") or _config_home(env) / CONFIG_FILE)
    values = _read_toml(path)
    local = cast("dict[str, Any]", values.get("local") or {})
    in_file = {*values, *(f"local.{key}" for key in local)}
    names = [name for name in Settings.__struct_fields__ if name != "local"]
    names += [f"local.{name}" for name in LocalSettings.__struct_fields__]
    variables = _variables()
    return {
        name: next((one for one in variables.get(name, ()) if env.get(one)), None)
        or (str(path) if name in in_file else "default")
        for name in names
    }


def _variables() -> dict[str, tuple[str, ...]]:
    named = {key: (variable,) for variable, key in _ENVIRONMENT.items()}
    return named | {"home": ("HAWK_HOME", "XDG_DATA_HOME"), "config_home": ("XDG_CONFIG_HOME",)}


def local_folder(url: str) -> Path | None:
    """The folder that a ``file://`` URL names, None for any other URL."""
    parts = urlsplit(url)
    return Path(unquote(parts.path)) if parts.scheme == "file" else None


def _path(kind: type, value: str) -> Path:
    if kind is not Path:
        raise NotImplementedError(kind)
    return Path(value).expanduser().absolute()


def _home(env: Mapping[str, str], values: dict[str, Any]) -> Path:
    data = Path(env.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return Path(env.get("HAWK_HOME") or values.get("home") or data / "hawk").expanduser().absolute()


def _config_home(env: Mapping[str, str]) -> Path:
    return Path(env.get("XDG_CONFIG_HOME") or Path.home() / ".config").expanduser() / "hawk"


def _read_toml(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text())
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise InvalidConfig(f"{path} can't be read: {error}.") from error


def _as_url(place: str) -> str:
    if "://" in place:
        return place.rstrip("/")
    return Path(place).expanduser().absolute().as_uri()
