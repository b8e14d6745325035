"""How callers are told from their requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import msgspec

from hawk.auth.caller import Caller
from hawk.auth.job_tokens import JobTokens
from hawk.errors import InvalidToken

_SCHEME = "bearer "


class Authenticator(Protocol):
    """Tells who sent a request."""

    async def caller(self, headers: Mapping[str, str]) -> Caller | None:
        """Who it is; None where the request doesn't say. Raises InvalidToken for what is no good."""
        ...


class TokenReader(Protocol):
    """Tells who sent a request by its bearer token."""

    async def caller(self, token: str) -> Caller | None:
        """Who it is; None for a token of another kind. Raises InvalidToken for one that is no good."""
        ...


class OrJob:
    """Knows the runners of jobs by their own tokens, and leaves everybody else to another."""

    def __init__(self, users: Authenticator, tokens: JobTokens) -> None:
        self._users = users
        self._tokens = tokens

    async def caller(self, headers: Mapping[str, str]) -> Caller | None:
        """The runner or the user. Raises NotLoggedIn for what is no good."""
        token = bearer_token(headers)
        job = await self._tokens.caller(token) if token else None
        return job or await self._users.caller(headers)


def bearer_token(headers: Mapping[str, str]) -> str | None:
    """The token of a request's ``Authorization: Bearer``; None where it has none."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


class OneUser(msgspec.Struct, frozen=True):
    """The authenticator of an app that only one user can reach: each request is theirs."""

    name: str

    async def caller(self, headers: Mapping[str, str]) -> Caller | None:
        """That user, whatever the request says."""
        del headers
        return Caller(name=self.name, admin=True)


class ManyCallers:
    """The authenticator of a server with a login: by tokens of several kinds, or by a browser's cookie.

    The first of ``readers`` that knows a token's kind says whose it is. A token wins over a cookie.
    """

    def __init__(self, readers: tuple[TokenReader, ...], cookies: Authenticator) -> None:
        self._readers = readers
        self._cookies = cookies

    async def caller(self, headers: Mapping[str, str]) -> Caller | None:
        """Who it is. Raises InvalidToken, or Unavailable where it can't be told."""
        said = headers.get("authorization")
        if said is None:
            return await self._cookies.caller(headers)
        if said[: len(_SCHEME)].lower() != _SCHEME:
            raise InvalidToken("The Authorization header has no bearer token.", fix="Send `Bearer TOKEN`.")
        token = said[len(_SCHEME) :].strip()
        for reader in self._readers:
            found = await reader.caller(token)
            if found is not None:
                return found
        raise InvalidToken(
            "The access token is of no kind that is taken here.", fix="Log in with: hawk login"
        )
