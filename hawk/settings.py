"""All settings in one struct: defaults, then ``hawk.toml``, then ``.env``, then the environment."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, cast
from urllib.parse import unquote, urlsplit

import msgspec

from hawk.errors import InvalidConfig

CONFIG_FILE = "hawk.toml"

Seconds = Annotated[float, msgspec.Meta(ge=0)]
Algorithm = Literal[
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"
]
"""Signatures by a key pair. None with a shared secret: who can check such a token can make one."""
Dollars = Annotated[float, msgspec.Meta(ge=0, le=1_000_000)]


class LocalSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The local backend. ``stop_grace`` and ``stop_cap`` are seconds: without progress, and at all.

    ``channel`` is how a server's jobs speak to it: by files in their folders alone, or by HTTP as well.
    ``job_environment`` are the variables of a server that its jobs get, as patterns: ``AWS_*``.
    """

    max_running: Annotated[int, msgspec.Meta(ge=1)] = msgspec.field(
        default_factory=lambda: os.cpu_count() or 1
    )
    max_restarts: Annotated[int, msgspec.Meta(ge=0)] = 3
    stop_grace: Seconds = 6.0
    stop_cap: Seconds = 300.0
    job_environment: tuple[str, ...] = ()
    channel: Literal["files", "http"] = "files"


class WorkerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The worker. ``poll_seconds``: how often it looks at what is being written just now.

    ``concurrency`` is how many logs it imports at once; ``lease_seconds`` how long one that died
    keeps its logs from the other workers.
    """

    poll_seconds: Annotated[float, msgspec.Meta(ge=0.1)] = 2.0
    concurrency: Annotated[int, msgspec.Meta(ge=1)] = 4
    lease_seconds: Annotated[float, msgspec.Meta(ge=1)] = 30.0


class LimitSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How many jobs of one deployment run at once: of each user, and on a backend by its name.

    The rest wait, by priority and then by age. None, or no entry: no limit.
    """

    per_user: Annotated[int, msgspec.Meta(ge=1)] | None = None
    backends: dict[str, Annotated[int, msgspec.Meta(ge=1)]] = {}


class ServeSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``hawk serve``: the address and the port that it listens at, and what it takes from whom.

    ``max_requests`` are answered at once, and ``max_connections`` are open; more are told to try again.
    ``grace_seconds`` is how long requests may go on once it is told to end, ``answer_seconds`` how long
    the answer to a question may take. ``allowed_hosts`` are the names that it may be called by (any,
    where there are logins and none is named); ``cors_origins`` the web pages of elsewhere that may use it;
    ``trusted_proxies`` the addresses or networks whose X-Forwarded-For and -Proto are believed.
    ``metrics`` is who may read ``/metrics``. ``url_for_jobs`` is where jobs reach it over HTTP, if that is
    another address than its own.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65_535)] = 8080
    url_for_jobs: str = ""
    worker: bool = True
    allow_local_backend: bool = False
    grace_seconds: Seconds = 20.0
    answer_seconds: Annotated[float, msgspec.Meta(ge=1)] = 300.0
    keep_alive_seconds: Annotated[int, msgspec.Meta(ge=1)] = 75
    max_requests: Annotated[int, msgspec.Meta(ge=1)] = 200
    max_connections: Annotated[int, msgspec.Meta(ge=1)] = 5000
    allowed_hosts: tuple[str, ...] = ()
    cors_origins: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    metrics: Literal["admin", "login", "anybody"] = "admin"


class LogSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How servers and workers write their log. ``auto``: a server's without a terminal is JSON."""

    format: Literal["auto", "text", "json"] = "auto"


class LoginSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where commands log in, where it isn't as the server tells. With an empty ``issuer`` they don't.

    ``scopes`` are separated by spaces; the paths are under the issuer, in place of what it tells itself.
    """

    issuer: str | None = None
    audience: str | None = None
    client_id: str | None = None
    scopes: str | None = None
    device_code_path: str | None = None
    token_path: str | None = None
    jwks_path: str | None = None


class ModelsSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the map of models comes from: one of ``file``, ``url`` and ``plugin``, or none of them.

    Without a map every user may see and use every model. ``token`` is a bearer for the URL (``token_file`` a
    file that has it), which is asked again after ``refresh_seconds`` and has ``timeout_seconds`` to answer.
    ``options`` are the plugin's own.
    """

    file: str = ""
    url: str = ""
    plugin: str = ""
    token: str = ""
    token_file: str = ""
    refresh_seconds: Annotated[float, msgspec.Meta(ge=1)] = 30.0
    timeout_seconds: Annotated[float, msgspec.Meta(gt=0, le=60)] = 5.0
    options: dict[str, str] = {}


class AuthSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who users are: the access tokens of an OpenID Connect provider. Without ``issuer`` nobody logs in.

    ``jwks`` and ``token_endpoint`` are URLs or paths under the issuer; without them the issuer's discovery
    document tells. ``client_id`` is the public client of the command line, ``web_client_id`` (and its
    secret, if it has one) that of browsers. Groups are read from the first of ``groups_claims`` that a
    token has, a dotted name looks inside; who is in one of ``admin_groups`` is an admin. ``leeway`` is
    how many seconds clocks may differ, ``session_days`` how long a browser stays logged in, and
    ``public_url`` Hawk's address for browsers, where requests don't tell it: behind a proxy that ends TLS.
    """

    issuer: str = ""
    audience: str = ""
    client_id: str = ""
    scopes: tuple[str, ...] = ("openid", "profile", "email", "offline_access")
    groups_claims: tuple[str, ...] = ("permissions", "groups", "scp")
    email_claim: str = "email"
    admin_groups: tuple[str, ...] = ()
    algorithms: tuple[Algorithm, ...] = ("RS256", "ES256", "EdDSA", "PS256")
    jwks: str = ""
    token_endpoint: str = ""
    leeway: Annotated[float, msgspec.Meta(ge=0, le=300)] = 30.0
    public_url: str = ""
    web_client_id: str = ""
    web_client_secret: str = ""
    session_days: Annotated[float, msgspec.Meta(gt=0, le=365)] = 30.0


class WebSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where people look at results: ``viewer`` is what links of commands begin with.

    The rest is what pages are told (``/api/web/config``) where it isn't as the server has it: the API to ask,
    and the login of browsers, whose paths are under the issuer.
    """

    viewer: str | None = None
    api_base_url: str | None = None
    oidc_issuer: str | None = None
    oidc_client_id: str | None = None
    oidc_scopes: str | None = None
    oidc_authorize_path: str | None = None
    oidc_token_path: str | None = None


class ModelPrice(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a million tokens of a model cost, in US dollars. None: its cost with such tokens isn't known.

    ``input`` is the full rate; tokens read from the provider's cache, or written to it, have their own.
    """

    input: Dollars
    output: Dollars
    cache_read: Dollars | None = None
    cache_write: Dollars | None = None


Prices = Mapping[str, ModelPrice]
"""Prices by the model's name as logs have it, its provider included."""


class _Shared(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is said in ``hawk.toml`` as it is in force."""

    server: str | None = None
    storage: str = ""
    log_root: str | None = None
    database: str = ""
    backend: str = "local"
    local: LocalSettings = LocalSettings()
    worker: WorkerSettings = WorkerSettings()
    limits: LimitSettings = LimitSettings()
    serve: ServeSettings = ServeSettings()
    log: LogSettings = LogSettings()
    login: LoginSettings = LoginSettings()
    models: ModelsSettings = ModelsSettings()
    auth: AuthSettings = AuthSettings()
    web: WebSettings = WebSettings()
    events: dict[str, dict[str, str]] = {}
    prices: dict[str, ModelPrice] = {}


class _FileSettings(_Shared, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What ``hawk.toml`` may say. Relative paths are relative to its folder."""

    home: str = ""


class Settings(_Shared, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where everything is, and how much of it there may be.

    ``home`` holds what Hawk keeps on this machine. ``storage`` is the root that ``evals/``,
    ``jobs/`` and ``packages/`` lie under; ``log_root`` moves the ``evals`` folder elsewhere (and
    its neighbours with it). ``server`` is the API to talk to; None means this machine. ``events`` has
    the options of each source of events that the worker listens to, by the name of its plugin;
    ``prices`` what models cost whose logs don't tell.
    """

    home: Path
    config_home: Path

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
    "HAWK_LOG_FORMAT": "log.format",
    "HAWK_ALLOW_LOCAL_BACKEND": "serve.allow_local_backend",
    **{
        f"HAWK_MODEL_ACCESS_TOKEN_{name.upper()}": f"login.{name}" for name in LoginSettings.__struct_fields__
    },
    "HAWK_MODELS_FILE": "models.file",
    "HAWK_MODELS_URL": "models.url",
    "HAWK_MODELS_TOKEN": "models.token",
    "HAWK_MODELS_TOKEN_FILE": "models.token_file",
    "INSPECT_ACTION_API_MODEL_ACCESS_TOKEN_ISSUER": "auth.issuer",
    "INSPECT_ACTION_API_MODEL_ACCESS_TOKEN_AUDIENCE": "auth.audience",
    "INSPECT_ACTION_API_MODEL_ACCESS_TOKEN_CLIENT_ID": "auth.client_id",
    "INSPECT_ACTION_API_MODEL_ACCESS_TOKEN_JWKS_PATH": "auth.jwks",
    "INSPECT_ACTION_API_MODEL_ACCESS_TOKEN_TOKEN_PATH": "auth.token_endpoint",
    "INSPECT_ACTION_API_MODEL_ACCESS_TOKEN_EMAIL_FIELD": "auth.email_claim",
    **{f"HAWK_AUTH_{name.upper()}": f"auth.{name}" for name in AuthSettings.__struct_fields__},
    "HAWK_LOCAL_JOB_ENVIRONMENT": "local.job_environment",
    "LOG_VIEWER_BASE_URL": "web.viewer",
    **{f"VITE_{name.upper()}": f"web.{name}" for name in WebSettings.__struct_fields__ if name != "viewer"},
}
"""Of two variables for one setting the later wins."""
_SOURCES = {"HAWK_HOME": "home", **_ENVIRONMENT}
MAY_BE_EMPTY = "HAWK_MODEL_ACCESS_TOKEN_ISSUER"
"""The variable that says something by being empty: that commands don't log in."""
_SECTIONS = {
    one.name: one.default.__struct_fields__
    for one in msgspec.structs.fields(_Shared)
    if isinstance(one.default, msgspec.Struct)
}
"""The sections, and the names of their settings."""


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings in force. Raises :class:`InvalidConfig` with the file and the key at fault."""
    env = os.environ if environ is None else environ
    try:
        config_home = _config_home(env)
        values = _file_values(env, config_home)
        values |= _from_environment(env, values)
        home = _home(env, values)
        absolute = {key: _absolute(values[key], Path.cwd()) for key in ("storage", "log_root") if values[key]}
    except RuntimeError as error:
        raise InvalidConfig(f"A home folder can't be found: {error}.", fix="Write the path out.") from error
    filled: dict[str, Any] = {**values, **absolute, "home": home, "config_home": config_home}
    settings = Settings(**filled)
    _check_urls(settings)
    _check_log_root(settings)
    return settings


def setting_sources(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Where each setting comes from: a variable's name, the path of ``hawk.toml``, or ``default``.

    Those of a section are named ``local.max_running``, ``prices.openai/gpt-4o.input`` and so on.
    """
    env = os.environ if environ is None else environ
    path, named = _config_file(env, _config_home(env))
    values = _toml(path, must_exist=named)
    sources = dict.fromkeys(_paths(values), str(path))
    variables = {"home": "XDG_DATA_HOME", "config_home": "XDG_CONFIG_HOME"}
    beneath = {name: variable for name, variable in variables.items() if env.get(variable)}
    above = {name: variable for variable, name in _SOURCES.items() if _says(env, variable)}
    names = ["home", "config_home"]
    names += [name for name in _Shared.__struct_fields__ if name not in {*_SECTIONS, "events", "prices"}]
    names += [f"{section}.{name}" for section, fields in _SECTIONS.items() for name in fields]
    names.remove("models.options")  # These are named one by one.
    names += [
        name for name in sources if name.startswith(("events.", "models.options.")) and name.count(".") > 1
    ]
    names += _price_names(values.get("prices"))
    return {name: {**beneath, **sources, **above}.get(name, "default") for name in names}


def local_folder(url: str) -> Path | None:
    """The folder that a ``file://`` URL names, None for any other URL."""
    parts = urlsplit(url)
    return Path(unquote(parts.path)) if parts.scheme == "file" else None


def _file_values(env: Mapping[str, str], config_home: Path) -> dict[str, Any]:
    """What the file says, its relative paths made absolute; defaults where there is none."""
    path, named = _config_file(env, config_home)
    try:
        found = msgspec.convert(_toml(path, must_exist=named), _FileSettings)
    except msgspec.ValidationError as error:
        what = str(error).replace("`$.", "`").replace("Object contains unknown field", "there is no setting")
        raise InvalidConfig(
            f"{path} is not valid: {what}.", fix="The commented hawk.toml has all settings."
        ) from error
    values = msgspec.structs.asdict(found)
    paths = {
        key: _absolute(values[key], path.parent) for key in ("home", "storage", "log_root") if values[key]
    }
    return {**values, **paths, "models": _with_paths(found.models, path.parent)}


def _with_paths(models: ModelsSettings, folder: Path) -> ModelsSettings:
    names = ("file", "token_file")
    paths = {name: _absolute(place, folder) for name in names if (place := getattr(models, name))}
    return msgspec.structs.replace(models, **paths)


def _from_environment(env: Mapping[str, str], values: Mapping[str, Any]) -> dict[str, Any]:
    """What variables say: settings of their own, and sections with what is said of them."""
    said = {key: (name, env[name]) for name, key in _ENVIRONMENT.items() if _says(env, name)}
    found: dict[str, Any] = {key: value for key, (_, value) in said.items() if "." not in key}
    for key, (name, text) in said.items():
        section, _, field = key.partition(".")
        if field:
            before = found.get(section, values[section])
            found[section] = _with_field(before, field, name, text)
    return found


def _with_field(section: msgspec.Struct, field: str, name: str, text: str) -> msgspec.Struct:
    """A section with the text of a variable as a field. Lists are written with spaces or commas."""
    value = text.replace(",", " ").split() if isinstance(getattr(section, field), tuple) else text
    try:
        changed = {**msgspec.to_builtins(section), field: value}
        return msgspec.convert(changed, type(section), strict=False)
    except msgspec.ValidationError as error:
        what = str(error).partition(" - at ")[0]
        raise InvalidConfig(f"{name} is not valid: {what}.", fix=f"Correct or unset {name}.") from error


def _says(env: Mapping[str, str], variable: str) -> bool:
    """Whether a variable sets something."""
    return bool(env.get(variable)) or (variable == MAY_BE_EMPTY and variable in env)


def _paths(values: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """The dotted names of all settings, those of sections and the sections themselves."""
    for name, value in values.items():
        yield f"{prefix}{name}"
        if isinstance(value, dict):
            yield from _paths(cast("dict[str, Any]", value), f"{prefix}{name}.")


def _price_names(prices: Any) -> Iterator[str]:
    """The dotted names of all prices. A model's name may have dots of its own."""
    for model, price in (cast("dict[str, Any]", prices) if isinstance(prices, dict) else {}).items():
        if isinstance(price, dict):
            yield from (f"prices.{model}.{name}" for name in cast("dict[str, Any]", price))


def _config_file(env: Mapping[str, str], config_home: Path) -> tuple[Path, bool]:
    """The path of ``hawk.toml``, and whether somebody named it."""
    named = env.get("HAWK_CONFIG")
    return (Path(named).expanduser().absolute(), True) if named else (config_home / CONFIG_FILE, False)


def _toml(path: Path, *, must_exist: bool) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        if not must_exist:
            return {}
        raise InvalidConfig(
            f"There is no {path}, which HAWK_CONFIG names.", fix="Correct it, or unset HAWK_CONFIG."
        ) from error
    except OSError as error:
        raise InvalidConfig(f"{path} can't be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise InvalidConfig(f"{path} is not UTF-8 text: byte {error.start} is wrong.") from error
    except tomllib.TOMLDecodeError as error:
        raise InvalidConfig(f"{path} is not TOML: {error}.") from error


def _home(env: Mapping[str, str], values: Mapping[str, Any]) -> Path:
    data = env.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(env.get("HAWK_HOME") or values["home"] or f"{data}/hawk").expanduser().absolute()


def _config_home(env: Mapping[str, str]) -> Path:
    return Path(env.get("XDG_CONFIG_HOME") or "~/.config").expanduser().absolute() / "hawk"


def _absolute(place: str, folder: Path) -> str:
    """A URL as it is, a path from ``folder`` on."""
    return place if "://" in place else str(folder / Path(place).expanduser())


def _check_urls(settings: Settings) -> None:
    """What a URL reads as something else than a name can't be part of the name of a bucket's folder."""
    for url in (settings.storage_url, settings.evals_url):
        found = next((char for char in "#?%" if char in url), None)
        if found is not None and local_folder(url) is None:
            raise InvalidConfig(
                f"The storage can't be at {url}: {found!r} is no letter of a folder's name in a URL.",
                fix="Name a folder without '#', '?' and '%' (HAWK_STORAGE, INSPECT_LOG_ROOT_DIR).",
            )


def _check_log_root(settings: Settings) -> None:
    """The folder of logs has neighbours (``jobs``, ``packages``), so it can't be a root itself, or in one."""
    if settings.log_root and urlsplit(settings.storage_url).path in {"", "/"} and not _in_bucket(settings):
        raise InvalidConfig(
            f"The logs can't be at {settings.log_root}: Hawk keeps its own records beside that folder.",
            fix="Set INSPECT_LOG_ROOT_DIR to a folder inside another, such as s3://bucket/evals.",
        )


def _in_bucket(settings: Settings) -> bool:
    """Whether the logs are in a folder of a bucket, whose root may well hold the records."""
    parts = urlsplit(settings.evals_url)
    return parts.scheme != "file" and bool(parts.netloc) and parts.path not in {"", "/"}


def _as_url(place: str) -> str:
    if "://" in place:
        return place.rstrip("/")
    return Path(place).expanduser().absolute().as_uri()
