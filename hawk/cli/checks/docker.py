"""Whether a Docker engine answers: asked over its socket, without its command."""

from __future__ import annotations

import http.client
import json
import os
import socket
from typing import cast
from urllib.parse import urlsplit

_SOCKET = "unix:///var/run/docker.sock"
_SECONDS = 2.0


def find_docker() -> tuple[str, str | None]:
    """The engine's address, and its version or None where none answers."""
    address = os.environ.get("DOCKER_HOST") or _SOCKET
    try:
        return address, _version(address)
    except (OSError, http.client.HTTPException, ValueError):
        return address, None


def _version(address: str) -> str | None:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "docker", parts.port, timeout=_SECONDS)
    if parts.scheme == "unix":
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(_SECONDS)
        connection.sock.connect(parts.path)
    try:
        connection.request("GET", "/version", headers={"Host": "docker"})
        answer = cast("object", json.loads(connection.getresponse().read(1 << 20)))
    finally:
        connection.close()
    if not isinstance(answer, dict):
        return None
    return str(cast("dict[str, object]", answer).get("Version", "an unknown version"))
