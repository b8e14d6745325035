"""How callers are told from their requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import msgspec

from hawk.auth.bearer import bearer_token
from hawk.auth.caller import Caller
from hawk.auth.job_tokens import JobTokens
from hawk.errors import InvalidToken


class Authenticator(Protocol):
    """Tells who sent a request."""

    async def caller(self, headers: Mapping[str, str]) -> Caller | None:
        """Who it is; None where the request doesn't say. Raises InvalidToken for what is no good."""
        ...


class TokenReader(Protocol):
    """Tells who sent a request by its bearer token."""

    async def caller(self, token: str) -> Caller:
        """Who it is. Raises InvalidToken for one that is no good."""
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


class OneUser(msgspec.Struct, frozen=True):
    """The authenticator of an app that only one user can reach: each request is theirs."""

    name: str

    async def caller(self, headers: Mapping[str, str]) -> Caller | None:
        """That user, whatever the request says."""
        del headers
        return Caller(name=self.name, admin=True)


class LoggedIn:
    """The authenticator of a server with logins: by an access token, or by a browser's cookie without one."""

    def __init__(self, users: TokenReader, cookies: Authenticator) -> None:
        self._users = users
        self._cookies = cookies

    async def caller(self, headers: Mapping[str, str]) -> Caller | None:
        """Who it is. Raises InvalidToken, or Unavailable where it can't be told."""
        if "authorization" not in headers:
            return await self._cookies.caller(headers)
        token = bearer_token(headers)
        if token is None:
            raise InvalidToken("The Authorization header has no bearer token.", fix="Send `Bearer TOKEN`.")
        return await self._users.caller(token)
