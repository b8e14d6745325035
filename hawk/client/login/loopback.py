"""Logging in with this machine's browser: a loopback redirect (RFC 8252), with PKCE (RFC 7636)."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from hawk.client.login.place import Endpoints, LoginPlace
from hawk.client.login.token_endpoint import Granted, Refusal, ask
from hawk.errors import HawkError, NotLoggedIn, Unsupported

PATH: Final = "/callback"
WAIT: Final = 300.0
"""Seconds that a person has for the pages of a login."""
_READ: Final = 10.0
_LONGEST: Final = 16_384
"""Seconds and bytes for the browser's request."""


async def browser_login(
    http: httpx.AsyncClient,
    endpoints: Endpoints,
    place: LoginPlace,
    open_page: Callable[[str], None],
    wait: float = WAIT,
) -> Granted:
    """``open_page`` the login's page, and wait until the browser comes back. Raises NotLoggedIn."""
    if endpoints.authorization_endpoint is None:
        raise Unsupported(f"{place.issuer} has no login by a browser.", fix="Use: hawk login")
    verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
    visit = _Visit(state, endpoints.issuer)
    server = await asyncio.start_server(visit.serve, "127.0.0.1", 0, limit=_LONGEST)
    async with server:
        redirect = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}{PATH}"
        open_page(_page(endpoints.authorization_endpoint, place, redirect, verifier, state))
        code = await _arrived(visit, wait)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "code_verifier": verifier,
        "redirect_uri": redirect,
        "client_id": place.client_id,
    }
    answer = await ask(http, endpoints.token_endpoint, form)
    if isinstance(answer, Refusal):
        raise NotLoggedIn(f"The login failed: {answer.words}.", fix="Try again with: hawk login --browser")
    return answer


def _page(endpoint: str, place: LoginPlace, redirect: str, verifier: str, state: str) -> str:
    """The address of the login's page."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": place.client_id,
        "redirect_uri": redirect,
        "scope": place.scopes,
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        **({"audience": place.audience} if place.audience else {}),
    }
    return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(query)}"


async def _arrived(visit: _Visit, wait: float) -> str:
    try:
        return await asyncio.wait_for(visit.code, wait)
    except TimeoutError as error:
        raise NotLoggedIn(
            f"Nobody logged in within {wait / 60:.0f} minutes.", fix="Try again with: hawk login --browser"
        ) from error


class _Visit:
    """Answers the browser. ``code`` is what it brings; whoever doesn't know the state brings nothing."""

    def __init__(self, state: str, issuer: str) -> None:
        self._state = state
        self._issuer = issuer
        self.code: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read one request and answer it."""
        try:
            async with asyncio.timeout(_READ):
                head = await reader.readuntil(b"\r\n\r\n")
                status, words = self._decide(head.split(b"\r\n", 1)[0].decode("latin-1"))
                writer.write(_response(status, words))
                await writer.drain()
        except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            return  # No browser, or one that left: the next may be the right one.
        finally:
            writer.close()

    def _decide(self, line: str) -> tuple[str, str]:
        """The answer to a request line."""
        method, _, rest = line.partition(" ")
        parts = urlsplit(rest.partition(" ")[0])
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if method != "GET" or parts.path != PATH:
            return "404 Not Found", "There is nothing here."
        if not hmac.compare_digest(query.get("state", "").encode(), self._state.encode()):
            return "400 Bad Request", "This is not the login that hawk waits for."
        if query.get("iss", self._issuer) != self._issuer:
            return "400 Bad Request", "This is not the provider that hawk sent you to."
        return self._settle(query)

    def _settle(self, query: dict[str, str]) -> tuple[str, str]:
        code = query.get("code")
        if code is None:
            said = query.get("error_description") or query.get("error") or "no code came"
            self._end(NotLoggedIn(f"The login failed: {said}.", fix="Try again with: hawk login --browser"))
            return "200 OK", "The login failed. You can close this page; the terminal says more."
        self._end(code)
        return "200 OK", "You are logged in. You can close this page."

    def _end(self, outcome: str | HawkError) -> None:
        if self.code.done():
            return
        if isinstance(outcome, str):
            self.code.set_result(outcome)
        else:
            self.code.set_exception(outcome)


def _response(status: str, words: str) -> bytes:
    body = f"<!doctype html><meta charset=utf-8><title>hawk</title><p>{words}</p>".encode()
    head = (
        f"HTTP/1.1 {status}\r\n"
        "Content-Type: text/html; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\n"
        "Content-Security-Policy: default-src 'none'\r\n"
        "Cache-Control: no-store\r\n"
        "Referrer-Policy: no-referrer\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode("ascii") + body
