"""The ids that this user's commands were about: which was the last, and which server has it."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from hawk.cli.output import say
from hawk.settings import Settings

_KEPT = 500
_FILE = "last-used.json"


class Used(msgspec.Struct, frozen=True):
    """An id, the server that has it, and the server that the settings named when it was used."""

    id: str
    server: str
    default: str


class Ids(msgspec.Struct, frozen=True):
    """Newest last. ``trusted`` are the servers that a submission (with its secrets) may go to unasked."""

    used: tuple[Used, ...] = ()
    trusted: tuple[str, ...] = ()


class LastUsed:
    """The file of ids. It is a convenience: where it can't be written a command says so and goes on."""

    def __init__(self, settings: Settings) -> None:
        self.path = settings.config_home / _FILE
        self._here = settings.home.as_uri()
        self._default = self.place_of(settings.server)

    def place_of(self, server: str | None) -> str:
        """What stands for a server here: its URL, or for this machine the URL of its data folder."""
        return server.rstrip("/") if server else self._here

    def last(self, server: str | None = None, *, anywhere: bool = True) -> Used | None:
        """The id used last: on any server while the same one was set, or on ``server`` alone."""
        place = self.place_of(server)
        for one in reversed(self._read().used):
            if not self._reachable(one):
                continue
            if one.server == place if not anywhere else self._default in {one.server, one.default}:
                return one
        return None

    def server_of(self, job_id: str) -> str | None:
        """The URL of the server that has an id; ``""`` for this machine, None where it isn't known."""
        for one in reversed(self._read().used):
            if one.id == job_id and self._reachable(one):
                return "" if one.server == self._here else one.server
        return None

    def remember(self, job_id: str, server: str | None) -> None:
        """Make an id the last one."""
        new = Used(job_id, self.place_of(server), self._default)
        self._change(lambda ids: msgspec.structs.replace(ids, used=_with(ids.used, new)))

    def is_trusted(self, server: str) -> bool:
        """Whether the user has agreed to send submissions to a server."""
        return self.place_of(server) in self._read().trusted

    def trust(self, server: str) -> None:
        """Remember that the user has."""
        place = self.place_of(server)
        self._change(lambda ids: msgspec.structs.replace(ids, trusted=tuple({*ids.trusted, place})))

    def _reachable(self, one: Used) -> bool:
        return one.server == self._here or not one.server.startswith("file:")

    def _read(self) -> Ids:
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=Ids)
        except (OSError, msgspec.DecodeError):
            return Ids()

    def _change(self, change: Callable[[Ids], Ids]) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with _locked(self.path):
                _replace(self.path, msgspec.json.encode(change(self._read())))
        except OSError as error:
            say(f"warning: the last id can't be kept in {self.path} ({error.strerror}); give it next time.")


def _with(used: tuple[Used, ...], new: Used) -> tuple[Used, ...]:
    others = [one for one in used if (one.id, one.server, one.default) != (new.id, new.server, new.default)]
    return (*others[1 - _KEPT :], new)


@contextmanager
def _locked(path: Path) -> Generator[None]:
    """Two commands at once must not lose each other's id. Freed by the kernel if this process dies."""
    descriptor = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _replace(path: Path, data: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
