"""A connection to Hawk's server that stays open between requests. Only the standard library is needed."""

from __future__ import annotations

import base64
import http.client
import ssl
from contextlib import suppress
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

TIMEOUT = 15.0
"""Seconds to wait for the server, for each step of a request."""


class Unreachable(Exception):
    """The server doesn't answer, or what stands before it answers in its place."""


class Refused(Exception):
    """The server answered, and not with a success."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.status = status


class ServerConnection:
    """Sends JSON to a server, through the proxy that the environment names. For one thread."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)
        self._proxy = _proxy_for(self._url.scheme, self._url.hostname or "")
        self._open: http.client.HTTPConnection | None = None

    def post(self, path: str, body: bytes, token: str) -> bytes:
        """Send, and give the answer's body. Raises Unreachable or Refused."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        # A connection that was open may have been closed at the other end: that is no failure yet.
        if self._open is not None:
            with suppress(OSError, http.client.HTTPException):
                return self._request(self._open, path, body, headers)
            self.close()
        try:
            self._open = self._connected()
            return self._request(self._open, path, body, headers)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise Unreachable(str(error) or type(error).__name__) from error

    def close(self) -> None:
        """Let go of the connection; the next request opens another."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def _request(
        self, connection: http.client.HTTPConnection, path: str, body: bytes, headers: dict[str, str]
    ) -> bytes:
        target = f"{self._url.path.rstrip('/')}{path}"
        if self._proxy is not None and self._url.scheme == "http":
            target = f"http://{self._url.netloc}{target}"
            headers = {**headers, **_proxy_headers(self._proxy)}
        connection.request("POST", target, body, headers)
        answer = connection.getresponse()
        data = answer.read()
        if answer.status in {502, 503, 504}:
            raise Unreachable(f"it answers {answer.status}")
        if not 200 <= answer.status < 300:
            raise Refused(answer.status)
        return data

    def _connected(self) -> http.client.HTTPConnection:
        secure = self._url.scheme == "https"
        host, port = self._url.hostname or "", self._url.port
        if self._proxy is None:
            return _connection(host, port, secure=secure)
        proxy = urlsplit(self._proxy)
        made = _connection(proxy.hostname or "", proxy.port or 80, secure=secure)
        if secure:
            made.set_tunnel(host, port or 443, _proxy_headers(self._proxy))
        return made


def _connection(host: str, port: int | None, *, secure: bool) -> http.client.HTTPConnection:
    if secure:
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, port, timeout=TIMEOUT, context=context)
    return http.client.HTTPConnection(host, port, timeout=TIMEOUT)


def _proxy_for(scheme: str, host: str) -> str | None:
    found = getproxies()
    proxy = found.get(scheme) or found.get("all")
    if not proxy or proxy_bypass(host):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _proxy_headers(proxy: str) -> dict[str, str]:
    parts = urlsplit(proxy)
    if not parts.username:
        return {}
    user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return {"Proxy-Authorization": f"Basic {base64.b64encode(user.encode()).decode()}"}
