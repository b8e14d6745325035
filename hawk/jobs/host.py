"""Which machine this is: a job that runs beside a server can be seen and reached from there alone."""

from __future__ import annotations

import os
import platform
import secrets
from pathlib import Path

import msgspec

from hawk.errors import Unavailable

_FILE = "host.json"


class Host(msgspec.Struct, frozen=True):
    """A machine as jobs know it. ``id`` is that of its ``HAWK_HOME``, so it outlives restarts and
    another name; ``name`` is what people are told."""

    id: str
    name: str


class _Kept(msgspec.Struct, frozen=True):
    id: str


def this_host(home: Path) -> Host:
    """The machine whose local jobs lie in ``home``. Its id is made once: two that look at once agree."""
    try:
        return Host(_kept_id(home / _FILE), platform.node() or "unnamed")
    except (OSError, msgspec.DecodeError) as error:
        raise Unavailable(
            f"{home / _FILE} can't be read or written: {error}.",
            fix="Check the disk and its permissions, or set HAWK_HOME to another folder.",
        ) from error


def _kept_id(path: Path) -> str:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        made.write_bytes(msgspec.json.encode(_Kept(secrets.token_hex(8))))
        try:
            os.link(made, path)
        except FileExistsError:
            pass  # Another process made it in this moment.
        finally:
            made.unlink()
    return msgspec.json.decode(path.read_bytes(), type=_Kept).id
