"""What tells a server who asks, and how a request carries it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from typing import Final, Protocol

import httpx

from hawk.client.secrecy import keeps_secrets
from hawk.client.skew import clock_ahead, clocks_apart
from hawk.errors import NotLoggedIn, UsageFault

UNAUTHORIZED: Final = 401
TOLERANCE: Final = 120.0
"""Seconds that clocks may differ before that is why a login is refused."""


class CredentialSource(Protocol):
    """Where a client has its credentials from. One source is for one server."""

    async def headers(self) -> Mapping[str, str]:
        """What goes along with a request; nothing where nobody is logged in. Raises NotLoggedIn."""
        ...

    async def renew(self, refused: Mapping[str, str]) -> bool:
        """Whether there are better credentials than those that the server refused. Raises NotLoggedIn."""
        ...


class Bearer:
    """A token that is what it is."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def headers(self) -> Mapping[str, str]:
        """The token."""
        return {"Authorization": f"Bearer {self._token}"}

    async def renew(self, refused: Mapping[str, str]) -> bool:
        """There is no other."""
        del refused
        return False


class Nobody:
    """No credentials."""

    async def headers(self) -> Mapping[str, str]:
        """Nothing."""
        return {}

    async def renew(self, refused: Mapping[str, str]) -> bool:
        """There are none."""
        del refused
        return False


class WithCredentials(httpx.Auth):
    """Adds credentials to each request to ``url``; where they are refused, once more with newer ones.

    They are sent to no other place, and never where somebody on the way could read them.
    """

    def __init__(self, url: str, source: CredentialSource) -> None:
        self._url = httpx.URL(url)
        self._source = source

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """The request with credentials, and again after a refusal."""
        headers = await self._headers(request)
        request.headers.update(headers)
        answer = yield request
        if answer.status_code != UNAUTHORIZED or not headers:
            return
        if await self._source.renew(headers):
            # A body that comes in pieces is gone by now; who sends one has the refusal as an answer.
            if not isinstance(request.stream, httpx.ByteStream):
                return
            request.headers.update(await self._headers(request))
            answer = yield request
        if answer.status_code == UNAUTHORIZED:
            check_clocks(answer)

    async def _headers(self, request: httpx.Request) -> Mapping[str, str]:
        if _origin(request.url) != _origin(self._url):
            return {}
        headers = await self._source.headers()
        if headers and not keeps_secrets(str(self._url)):
            raise UsageFault(
                f"Your login isn't sent to {self._url}: anybody on the way could read it.",
                fix="Name the server with https:// (HAWK_API_URL).",
            )
        return headers


def check_clocks(answer: httpx.Response, now: float | None = None) -> None:
    """Raises NotLoggedIn where a login may be refused for clocks that differ. ``now`` is this machine's."""
    ahead = clock_ahead(answer, now)
    if ahead is not None and abs(ahead) > TOLERANCE:
        raise NotLoggedIn(
            f"Your login is refused, and this machine's clock is {clocks_apart(ahead)}.",
            fix="Set the clock that is wrong, then: hawk login",
        )


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
