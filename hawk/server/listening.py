"""The address that a server listens at: taken before anything is opened, so that a fault is told at once."""

from __future__ import annotations

import errno
import socket

from hawk.errors import HawkError, Unavailable, UsageFault
from hawk.loopback import is_loopback

_BACKLOG = 1024


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 takes a free one. Raises Unavailable or UsageFault with what to do."""
    try:
        ((family, kind, protocol, _, address), *_) = socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except (socket.gaierror, UnicodeError) as error:
        raise UsageFault(
            f"{host!r} is not an address of this machine.",
            fix="Set --host to 127.0.0.1, 0.0.0.0 or a name of it.",
        ) from error
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise _in_words(host, port, error) from error
    listener.setblocking(False)  # noqa: FBT003
    return listener


def require_loopback(host: str) -> None:
    """Raise UsageFault where others than this machine would reach an address."""
    if not is_loopback(host):
        raise UsageFault(
            f"Without logins a server is for its own user, so it can't listen at {host}.",
            fix="Name the provider of logins ([auth] in hawk.toml, HAWK_AUTH_ISSUER), or leave --host out.",
        )


def url_of(host: str, listener: socket.socket) -> str:
    """What is set as HAWK_API_URL on this machine."""
    port = listener.getsockname()[1]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104
    return f"http://[{shown}]:{port}" if ":" in shown and "[" not in shown else f"http://{shown}:{port}"


def _in_words(host: str, port: int, error: OSError) -> HawkError:
    if error.errno == errno.EADDRINUSE:
        return Unavailable(
            f"Something listens at {host}:{port} already.",
            fix=f"Choose another port (--port {port + 1}), or end what is there: ss -ltnp 'sport = :{port}'",
        )
    if error.errno == errno.EACCES:
        return Unavailable(
            f"This user may not listen at port {port}.", fix="Choose one above 1023: --port 8080"
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return UsageFault(
            f"{host} is not an address of this machine.", fix="Set --host to one that `ip addr` shows."
        )
    return Unavailable(f"{host}:{port} can't be listened at: {error.strerror}.")
