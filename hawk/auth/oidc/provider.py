"""The login provider: where its endpoints are, and what it answers there."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec

from hawk.errors import InvalidConfig, Unavailable
from hawk.loopback import is_loopback
from hawk.settings import AuthSettings

PATIENCE = httpx.Timeout(5.0)
RETRY_AFTER = 5.0
"""Seconds for which a provider that failed, or that was just asked, is not asked again."""

_DISCOVERY = "/.well-known/openid-configuration"


class Endpoints(msgspec.Struct, frozen=True, kw_only=True):
    """A discovery document, as far as Hawk uses it (OpenID Connect Discovery 1.0, RFC 8414)."""

    issuer: str
    jwks_uri: str
    authorization_endpoint: str | None = None
    token_endpoint: str | None = None
    revocation_endpoint: str | None = None
    end_session_endpoint: str | None = None
    device_authorization_endpoint: str | None = None


class Provider:
    """One login provider, asked over HTTP. Close it with :meth:`close`."""

    def __init__(self, settings: AuthSettings) -> None:
        check_settings(settings)
        self.settings = settings
        self._http = httpx.AsyncClient(timeout=PATIENCE, follow_redirects=False)
        self._endpoints: Endpoints | None = None
        self._failed = -RETRY_AFTER
        self._lock = asyncio.Lock()

    async def endpoints(self) -> Endpoints:
        """What the discovery document says, fetched once. Raises Unavailable."""
        if self._endpoints is None:
            async with self._lock:
                if self._endpoints is None:
                    self._endpoints = await self._discover()
        return self._endpoints

    async def jwks_uri(self) -> str:
        """Where its keys are: the settings say it, or its discovery document."""
        return self._under_issuer(self.settings.jwks) or (await self.endpoints()).jwks_uri

    async def token_endpoint(self) -> str:
        """Where tokens are given."""
        told = self._under_issuer(self.settings.token_endpoint)
        found = told or (await self.endpoints()).token_endpoint
        if not found:
            raise _unavailable(self.settings.issuer, "it names no token endpoint")
        return found

    async def get_json(self, url: str) -> Any:
        """A document. Raises Unavailable where none comes."""
        return _json(self.settings.issuer, await self._send("GET", url))

    async def post(self, url: str, form: dict[str, str], auth: httpx.Auth | None = None) -> httpx.Response:
        """The answer to a form, whatever its status. Raises Unavailable where none comes."""
        return await self._send("POST", url, form, auth)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _discover(self) -> Endpoints:
        if time.monotonic() - self._failed < RETRY_AFTER:
            raise _unavailable(self.settings.issuer, "it failed a moment ago")
        try:
            found = await self.get_json(self.settings.issuer.rstrip("/") + _DISCOVERY)
            return self._checked(found)
        except Unavailable:
            self._failed = time.monotonic()
            raise

    def _checked(self, found: Any) -> Endpoints:
        try:
            endpoints = msgspec.convert(found, Endpoints)
        except msgspec.ValidationError as error:
            raise _unavailable(
                self.settings.issuer, f"its discovery document is not valid: {error}"
            ) from error
        if endpoints.issuer != self.settings.issuer:
            raise _unavailable(self.settings.issuer, f"it calls itself {endpoints.issuer!r}")
        return endpoints

    async def _send(
        self, method: str, url: str, form: dict[str, str] | None = None, auth: httpx.Auth | None = None
    ) -> httpx.Response:
        try:
            return await self._http.request(method, url, data=form, auth=auth or httpx.USE_CLIENT_DEFAULT)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            what = str(error) or type(error).__name__
            raise _unavailable(self.settings.issuer, what) from error

    def _under_issuer(self, place: str) -> str:
        if not place or "://" in place:
            return place
        return f"{self.settings.issuer.rstrip('/')}/{place.lstrip('/')}"


def check_settings(settings: AuthSettings) -> None:
    """Raise InvalidConfig where tokens could not be checked as they must be."""
    parts = urlsplit(settings.issuer)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        raise InvalidConfig(
            f"The issuer {settings.issuer!r} is no https URL: anybody on the way could forge its keys.",
            fix="Correct HAWK_AUTH_ISSUER, or [auth] issuer in hawk.toml.",
        )
    if not settings.audience:
        raise InvalidConfig(
            "There is an issuer, and no audience: tokens for other services would be taken.",
            fix="Set HAWK_AUTH_AUDIENCE, or [auth] audience in hawk.toml.",
        )
    if not settings.algorithms:
        raise InvalidConfig(
            "[auth] algorithms is empty.", fix="Name the signatures that your provider makes."
        )


def _json(issuer: str, answer: httpx.Response) -> Any:
    if answer.status_code != 200:
        raise _unavailable(issuer, f"{answer.url.path} answers {answer.status_code}")
    try:
        return msgspec.json.decode(answer.content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _unavailable(issuer, f"{answer.url.path} is not JSON") from error


def _unavailable(issuer: str, why: str) -> Unavailable:
    return Unavailable(
        f"The login provider {issuer} can't be asked: {why}.",
        fix="Try again in a moment, or tell your operator.",
    )
