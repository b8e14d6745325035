"""What is asked of the provider for a browser: where to log in, tokens, new ones, their end (RFC 6749)."""

from __future__ import annotations

import hashlib
import logging
from urllib.parse import quote_plus, urlencode

import httpx
import msgspec

from hawk.auth.oidc.encoding import base64url
from hawk.auth.oidc.faults import LOG_IN
from hawk.auth.oidc.provider import Provider
from hawk.auth.web.attempts import Attempt
from hawk.errors import InvalidToken, Unavailable

logger = logging.getLogger(__name__)


class Granted(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of a token endpoint."""

    access_token: str
    id_token: str | None = None
    refresh_token: str | None = None


class Grants:
    """The browsers' client of a provider: confidential where it has a secret, else public with PKCE alone."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        settings = provider.settings
        self.client_id = settings.web_client_id or settings.client_id
        self._secret = settings.web_client_secret
        self._audience = settings.audience

    async def login_url(self, attempt: Attempt, redirect_uri: str) -> str:
        """Where a browser logs in (RFC 7636: PKCE with S256)."""
        endpoint = (await self._provider.endpoints()).authorization_endpoint
        if not endpoint:
            raise Unavailable("The login provider has no page to log in at.", fix="Use `hawk login`.")
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(self._provider.settings.scopes),
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": base64url(hashlib.sha256(attempt.verifier.encode()).digest()),
            "code_challenge_method": "S256",
            **self._for_whom(),
        }
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"

    async def exchange(self, code: str, attempt: Attempt, redirect_uri: str) -> Granted:
        """Tokens for a code. Raises InvalidToken where the provider refuses it."""
        return await self._grant(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": redirect_uri,
                "code_verifier": attempt.verifier,
                **self._for_whom(),
            }
        )

    async def refresh(self, refresh_token: str) -> Granted:
        """New tokens. Raises InvalidToken where the provider gives none any more."""
        return await self._grant(
            {"grant_type": "refresh_token", "refresh_token": refresh_token, **self._for_whom()}
        )

    async def revoke(self, refresh_token: str) -> None:
        """Tell the provider that a login is over (RFC 7009). Where it can't be told, only the log says so."""
        try:
            endpoint = (await self._provider.endpoints()).revocation_endpoint
            if endpoint:
                form = {"token": refresh_token, "token_type_hint": "refresh_token"}
                await self._provider.post(endpoint, self._signed(form), self._auth())
        except Unavailable as error:
            logger.warning("a refresh token could not be revoked: %s", error)

    async def _grant(self, form: dict[str, str]) -> Granted:
        endpoint = await self._provider.token_endpoint()
        answer = await self._provider.post(endpoint, self._signed(form), self._auth())
        if answer.status_code >= 500 or answer.status_code == 429:
            raise Unavailable(
                f"The login provider answers {answer.status_code}.", fix="Try again in a moment."
            )
        try:
            if answer.is_success:
                return msgspec.json.decode(answer.content, type=Granted)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Unavailable(
                "The login provider's answer has no tokens.", fix="Tell your operator."
            ) from error
        logger.info("the login provider refused a %s: %s", form["grant_type"], answer.status_code)
        raise InvalidToken("The login provider does not take this login (any more).", fix=LOG_IN)

    def _for_whom(self) -> dict[str, str]:
        """Which service tokens are for: ``audience`` as many providers have it, ``resource`` as RFC 8707."""
        resource = {"resource": self._audience} if "://" in self._audience else {}
        return {"audience": self._audience, **resource}

    def _signed(self, form: dict[str, str]) -> dict[str, str]:
        return form if self._secret else {**form, "client_id": self.client_id}

    def _auth(self) -> httpx.Auth | None:
        if not self._secret:
            return None
        return httpx.BasicAuth(quote_plus(self.client_id), quote_plus(self._secret))
