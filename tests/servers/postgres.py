"""A real PostgreSQL on a free port of this machine, in a folder of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import psycopg
from psycopg import sql

USER, PASSWORD = "hawk", "secret"
_PATIENCE = 60.0
_UNSAFE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_PLACES = "postgresql/*/bin"


class Postgres(msgspec.Struct, frozen=True):
    """A running server."""

    port: int

    def url(self, database: str) -> str:
        """What Hawk is told in HAWK_DATABASE_URL."""
        return f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def create(self, database: str, template: str = "template1") -> str:
        """Make a database, as a copy of another. Returns its URL."""
        # Of all ways the quickest where nothing is flushed.
        make = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        self.execute(make.format(sql.Identifier(database), sql.Identifier(template)))
        return self.url(database)

    def drop(self, database: str) -> None:
        """Remove a database, whoever is connected to it."""
        self.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))

    def end_connections(self, database: str) -> None:
        """End everybody's connections to a database, and wait until they are gone."""
        end = sql.SQL(
            "SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity"
            " WHERE datname = {} AND pid <> pg_backend_pid()"
        )
        self.execute(end.format(sql.Literal(database)))

    def execute(
        self, statement: sql.Composable | str, database: str = "postgres"
    ) -> list[tuple[object, ...]]:
        """Run one statement by itself, as the superuser that Hawk's user is here."""
        with psycopg.connect(self.url(database), autocommit=True) as conn:
            done = conn.execute(statement)  # pyright: ignore
            return done.fetchall() if done.description else []


@contextmanager
def postgres_server(
    *, fsync: bool = False, options: dict[str, str] | None = None, kept: Path | None = None
) -> Iterator[Postgres]:
    """A server with nothing in it, gone at the end. Without ``fsync`` a power cut would lose data.

    What is in a folder to be ``kept`` stays, and is there again at the next time.
    """
    settings = {**({} if fsync else _UNSAFE), **(options or {})}
    if kept is not None:
        with _serving(kept, settings, signal.SIGINT) as server:
            yield server
        return
    folder = Path(tempfile.mkdtemp(prefix="hawk-postgres-"))
    try:
        # SIGQUIT: without the pains of a clean end.
        with _serving(folder, settings, signal.SIGQUIT) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _serving(folder: Path, settings: dict[str, str], end: signal.Signals) -> Iterator[Postgres]:
    data = folder / "data"
    if not data.exists():
        _initialise(data)
    process, port = _started(data, settings)
    try:
        yield Postgres(port)
    finally:
        process.send_signal(end)
        process.wait()


class Restarted:
    """A server that a test may stop, as a crash or politely, and start again. With fsync, as in life."""

    def __init__(self, folder: Path) -> None:
        self._data = folder / "data"
        _initialise(self._data)
        self._process, port = _started(self._data, {})
        self.server = Postgres(port)

    def stop(self, *, crash: bool = False) -> None:
        """End it, and every connection to it."""
        self._process.send_signal(signal.SIGQUIT if crash else signal.SIGINT)
        self._process.wait()

    def start(self) -> None:
        """Start it where it was."""
        self._process, _ = _started(self._data, {}, self.server.port)


@contextmanager
def restarted_server() -> Iterator[Restarted]:
    """A server for one test alone, gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="hawk-postgres-"))
    try:
        server = Restarted(folder)
        try:
            yield server
        finally:
            server.stop(crash=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def binaries() -> Path | None:
    """The folder of PostgreSQL's programs; None where it isn't installed."""
    found = [one for root in ("/usr/lib", "/usr/local/lib", "/opt") for one in Path(root).glob(_PLACES)]
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    return max(found, key=lambda one: float(one.parent.name), default=None)


def _initialise(data: Path) -> None:
    where = binaries()
    assert where is not None, "PostgreSQL is not installed: apt-get install postgresql"
    folder = data.parent
    password = folder / "password"
    password.write_text(PASSWORD)
    if os.getuid() == 0:
        shutil.chown(folder, _user())
        password.chmod(0o644)
    initdb = [str(where / "initdb"), "--pgdata", str(data), "--username", USER, "--pwfile", str(password)]
    initdb += ["--auth", "password", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"]
    done = subprocess.run(
        _as_user(initdb), check=False, capture_output=True, text=True, cwd=folder, timeout=_PATIENCE
    )
    assert done.returncode == 0, done.stderr


def _started(
    data: Path, settings: dict[str, str], port: int | None = None
) -> tuple[subprocess.Popen[bytes], int]:
    where = binaries()
    assert where is not None
    port = port or _free_port()
    fixed = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",
        "max_connections": "200",
    }
    command = [str(where / "postgres"), "-D", str(data)]
    command += [part for name, value in {**fixed, **settings}.items() for part in ("-c", f"{name}={value}")]
    with (data.parent / "server.log").open("wb") as log:
        process = subprocess.Popen(
            _as_user(command), stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=data.parent
        )
    _wait_until_up(process, port, data.parent / "server.log")
    return process, port


def _wait_until_up(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while True:
        assert process.poll() is None, log.read_text()
        try:
            psycopg.connect(Postgres(port).url("postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.02)
        else:
            return


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def _user() -> str:
    """PostgreSQL refuses to run as root: who it runs as instead."""
    names = {one.pw_name for one in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _as_user(command: list[str]) -> list[str]:
    if os.getuid() != 0:
        return command
    user = pwd.getpwnam(_user())
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--", *command]
