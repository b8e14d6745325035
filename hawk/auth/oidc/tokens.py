"""Checks tokens that the login provider signed (RFC 7519, RFC 8725, RFC 9068)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, InvalidClaimError, JoseError, MissingClaimError

from hawk.auth.oidc.encoding import from_base64url
from hawk.auth.oidc.faults import LOG_IN, invalid
from hawk.auth.oidc.keys import SigningKeys
from hawk.auth.oidc.provider import Provider
from hawk.errors import InvalidToken

_LONGEST = 32_768
_CLOCKS = "If you just logged in, compare the clocks of this machine and the login provider."


class _Header(msgspec.Struct, frozen=True):
    """The header of a signed token, as far as it decides which key checks it."""

    alg: str
    kid: str | None = None
    crit: tuple[str, ...] | None = None


class Tokens:
    """Checks tokens by one provider's keys. ``changed`` is called when a key is no longer one of them."""

    def __init__(self, provider: Provider, changed: Callable[[], None]) -> None:
        self._settings = provider.settings
        self._keys = SigningKeys(provider, changed)

    async def access(self, token: str) -> dict[str, Any]:
        """The claims of an access token. Raises InvalidToken, or Unavailable where that can't be told."""
        return await self._claims(token, self._settings.audience)

    async def identity(self, token: str, client_id: str, nonce: str) -> dict[str, Any]:
        """The claims of an id token that a client asked for with this nonce."""
        claims = await self._claims(token, client_id)
        if claims.get("nonce") != nonce:
            raise invalid("It was made for another login (`nonce`).")
        return claims

    async def close(self) -> None:
        """End what goes on in the background."""
        await self._keys.close()

    async def _claims(self, token: str, audience: str) -> dict[str, Any]:
        header = _header(token)
        if header.alg not in self._settings.algorithms:
            raise invalid("It is not signed in a way that is allowed here (`alg`).")
        key = await self._keys.find(header.kid, header.alg)
        if key is None:
            raise invalid("It is signed with a key that the login provider does not have (`kid`).")
        try:
            claims = jwt.decode(token, key, algorithms=[header.alg]).claims
            self._wanted(audience).validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            raise _fault(error) from error
        return claims

    def _wanted(self, audience: str) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(
            leeway=int(self._settings.leeway),
            iss={"essential": True, "value": self._settings.issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
        )


def _header(token: str) -> _Header:
    """The header of a compact JWS (RFC 7515)."""
    if len(token) > _LONGEST or token.count(".") != 2:
        raise invalid("It is not a signed token (JWT).")
    try:
        header = msgspec.json.decode(from_base64url(token.partition(".")[0]), type=_Header)
    except (ValueError, msgspec.DecodeError, RecursionError) as error:
        raise invalid("It is not a signed token (JWT).") from error
    if header.crit is not None:
        raise invalid("It asks for something that is not understood here (`crit`).")
    return header


def _fault(error: Exception) -> InvalidToken:
    if isinstance(error, ExpiredTokenError):
        return InvalidToken("Your login has expired.", fix=LOG_IN)
    if isinstance(error, InvalidClaimError) and error.claim in {"nbf", "iat"}:
        return invalid("It is not valid yet.", fix=_CLOCKS)
    if isinstance(error, MissingClaimError | InvalidClaimError):
        return invalid(_CLAIMS.get(error.claim, "One of its claims is not as it must be."))
    return invalid("Its signature is not the login provider's.")


_CLAIMS = {
    "iss": "Another login provider issued it (`iss`).",
    "aud": "It is meant for another service (`aud`).",
    "exp": "It does not say when it ends (`exp`).",
    "sub": "It names no user (`sub`).",
}
