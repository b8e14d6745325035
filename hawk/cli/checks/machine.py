"""What running on this machine needs, each looked at by itself."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from hawk.cli.checks.check import Check, State
from hawk.cli.checks.docker import find_docker
from hawk.cli.last_used import LastUsed
from hawk.errors import HawkError
from hawk.settings import Settings

_LITTLE, _TOO_LITTLE = 5 << 30, 500 << 20
_SERVER_PART = ("litestar", "sqlalchemy", "aiosqlite", "alembic", "apscheduler", "obstore", "psycopg")


def check_machine(settings: Settings) -> list[Check]:
    """Every check, in the order in which one thing needs another."""
    checks: tuple[Callable[[Settings], Check], ...] = (
        _python,
        _server_part,
        _uv,
        _home,
        _space,
        _file_system,
        _last_id,
        _docker,
    )
    return [check(settings) for check in checks]


def _python(_: Settings) -> Check:
    return Check("python", "ok", f"{platform.python_version()} at {sys.executable}")


def _server_part(_: Settings) -> Check:
    missing = [name for name in _SERVER_PART if importlib.util.find_spec(name) is None]
    if missing:
        fix = "To run on this machine: uv pip install 'hawk[server]'"
        return Check("server part", "fail", f"not installed ({', '.join(missing)})", fix)
    return Check("server part", "ok", "installed")


def _uv(_: Settings) -> Check:
    from hawk.packages.uv import find_uv

    try:
        return Check("uv", "ok", find_uv())
    except HawkError as error:
        return Check("uv", "fail", error.message, error.fix)


def _home(settings: Settings) -> Check:
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.home):
            return Check("data folder", "ok", f"{settings.home} can be written")
    except OSError as error:
        fix = "Mend its permissions, or set HAWK_HOME to another folder."
        return Check("data folder", "fail", f"{settings.home} can't be written: {error.strerror}", fix)


def _space(settings: Settings) -> Check:
    free = shutil.disk_usage(_existing(settings.home)).free
    state: State = "fail" if free < _TOO_LITTLE else "warn" if free < _LITTLE else "ok"
    fix = None if state == "ok" else f"Free some: {settings.home}/environments is safe to delete."
    return Check("free space", state, f"{free / (1 << 30):.1f} GiB", fix)


def _file_system(settings: Settings) -> Check:
    if not settings.database_url.startswith("sqlite:"):
        return Check("database", "ok", settings.database_url.split(":", 1)[0])
    if importlib.util.find_spec("sqlalchemy") is None:
        return Check("database", "warn", "not checked without the server part")
    from hawk.warehouse.filesystem import refuse_network

    folder = _existing(Path(settings.database_url.removeprefix("sqlite:///")).parent)
    try:
        refuse_network(folder)
    except HawkError as error:
        return Check("database", "fail", error.message, error.fix)
    return Check("database", "ok", "SQLite on a disk of this machine")


def _last_id(settings: Settings) -> Check:
    used = LastUsed(settings)
    folder = _existing(used.path.parent)
    writable = os.access(used.path if used.path.exists() else folder, os.W_OK) and os.access(folder, os.W_OK)
    if not writable:
        return Check("last id", "warn", f"{used.path} can't be written", "Ids must be given each time.")
    last = used.last()
    return Check("last id", "ok", last.id if last else "none yet")


def _docker(_: Settings) -> Check:
    found, version = find_docker()
    if version is None:
        fix = "Only tasks that ask for a Docker sandbox need it."
        return Check("docker", "warn", f"no engine answers at {found}", fix)
    return Check("docker", "ok", f"{version} at {found}")


def _existing(path: Path) -> Path:
    while not path.exists() and path != path.parent:
        path = path.parent
    return path
