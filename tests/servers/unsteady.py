"""A server in front of another (S3's, Hawk's) that behaves badly for a while: it refuses, cuts, or dawdles."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import httpx

from tests.servers.loopback import listening

Trouble = Callable[[str, str], int | float | str | None]
"""Of a method and a path: a status to answer with, seconds to wait first (as a float), or None.

``CUT`` passes the request on and loses the answer; ``SWALLOWED`` loses the request too.
"""

CUT, SWALLOWED = "cut", "swallowed"

_HOP = {"connection", "transfer-encoding", "content-encoding", "content-length", "keep-alive"}


class Unsteady:
    """Passes on what no ``trouble`` says otherwise. ``url`` is where it is; ``refused`` counts."""

    def __init__(self, url: str, client: httpx.Client) -> None:
        self.url = url
        self.client = client
        self.trouble: Trouble = lambda _method, _path: None
        self.refused = 0


@contextmanager
def unsteady(endpoint: str) -> Iterator[Unsteady]:
    """Stand in front of a server, on loopback."""
    with httpx.Client(base_url=endpoint, timeout=60) as client, listening(_Handler) as (server, url):
        front = Unsteady(url, client)
        server.front = front  # pyright: ignore[reportAttributeAccessIssue]
        yield front


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        front: Unsteady = self.server.front  # pyright: ignore[reportAttributeAccessIssue]
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        trouble = front.trouble(self.command, self.path)
        if isinstance(trouble, float):
            time.sleep(trouble)
        elif trouble == SWALLOWED:
            front.refused += 1
            self._hang_up()
            return
        elif isinstance(trouble, int):
            front.refused += 1
            self._send(trouble, {}, b"")
            return
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
        found = front.client.request(self.command, self.path, headers=headers, content=body)
        if trouble == CUT:
            front.refused += 1
            self._hang_up()
            return
        self._send(found.status_code, found.headers, found.content)

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _send(self, status: int, headers: httpx.Headers | dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in _HOP:
                self.send_header(name, value)
        head = self.command == "HEAD"
        size = headers.get("content-length", "0") if head else str(len(body))
        self.send_header("content-length", size)
        self.end_headers()
        if not head:
            self.wfile.write(body)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _answer  # noqa: N815  (names that are looked for)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the name that it has)
        """Nothing: tests have enough to say."""
