"""Jobs' own tokens: JWTs that Hawk signs, each bound to one attempt of one launch of one job.

A launch's token lies in the backend's secret object, where every attempt finds it. It is for beginning an
attempt, and good for as long as its launch goes on. An attempt's token is an hour long. Whether a launch is
over or an attempt has a successor no token knows: who takes one asks ``hawk.jobs.heartbeats``.
"""

from __future__ import annotations

import base64
import hashlib
import time
from collections import OrderedDict
from typing import Any

import msgspec

from hawk.auth.caller import Caller, JobIdentity
from hawk.auth.signing_keys import SigningKeys
from hawk.errors import InvalidToken

LIFE = 3600.0
"""Seconds that an attempt's token is good for."""

_ALGORITHM, _TYPE = "ES256", "hawk-job+jwt"
_LEEWAY = 30.0
_REMEMBERED = 20_000
_LONGEST = 4_000


class JobTokens:
    """Makes tokens, and tells whose one is. ``installation`` is where they are good."""

    def __init__(self, keys: SigningKeys, installation: str) -> None:
        self._keys = keys
        self._installation = installation
        self._checked: OrderedDict[bytes, Caller] = OrderedDict()

    async def for_launch(self, job_id: str, launch: int) -> str:
        """The token that a launch's attempts begin with."""
        return await self._sign(JobIdentity(job_id, launch, 0), None)

    async def for_attempt(self, job: JobIdentity) -> str:
        """The token of an attempt."""
        return await self._sign(job, time.time() + LIFE)

    async def caller(self, token: str) -> Caller | None:
        """Whose token it is; None where it isn't a job's. Raises InvalidToken for one that is no good."""
        digest = hashlib.sha256(token.encode()).digest()
        caller = self._checked.get(digest)
        if caller is None:
            caller = await self._check(token)
            if caller is None:
                return None
            self._remember(digest, caller)
        if caller.expires_at is not None and caller.expires_at + _LEEWAY < time.time():
            raise InvalidToken("The job's token has expired.")
        return caller

    async def _sign(self, job: JobIdentity, until: float | None) -> str:
        key = await self._keys.current()
        claims: dict[str, Any] = {
            "iss": f"hawk:{self._installation}",
            "sub": job.job_id,
            "launch": job.launch,
            "attempt": job.attempt,
            "iat": int(time.time()),
        }
        if until is not None:
            claims["exp"] = int(until)
        from joserfc import jwt  # Heavy, and a command that lists needs none of it.

        return jwt.encode({"alg": _ALGORITHM, "typ": _TYPE, "kid": key.id}, claims, key.key)

    async def _check(self, token: str) -> Caller | None:
        key_id = _key_of(token)
        if key_id is None:
            return None
        key = await self._keys.find(key_id)
        if key is None:
            raise _no_good()
        from joserfc import jwt
        from joserfc.errors import JoseError

        try:
            claims = msgspec.convert(jwt.decode(token, key, algorithms=[_ALGORITHM]).claims, _Claims)
        except (JoseError, ValueError) as error:
            raise _no_good() from error
        if claims.iss != f"hawk:{self._installation}" or (claims.exp is None) != (claims.attempt == 0):
            raise _no_good()
        job = JobIdentity(claims.sub, claims.launch, claims.attempt)
        return Caller(name=f"job {claims.sub}", job=job, expires_at=claims.exp)

    def _remember(self, digest: bytes, caller: Caller) -> None:
        self._checked[digest] = caller
        if len(self._checked) > _REMEMBERED:
            self._checked.popitem(last=False)


class _Claims(msgspec.Struct, frozen=True):
    iss: str
    sub: str
    launch: int
    attempt: int
    exp: float | None = None


class _Head(msgspec.Struct, frozen=True):
    typ: str = ""
    kid: str = ""


_head = msgspec.json.Decoder(_Head)


def _key_of(token: str) -> str | None:
    """The key that a job's token names; None where it isn't a job's."""
    head, dot, _ = token.partition(".")
    if not dot or len(token) > _LONGEST:
        return None
    try:
        found = _head.decode(_decoded(head))
    except (ValueError, msgspec.DecodeError):
        return None
    return found.kid if found.typ == _TYPE else None


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _no_good() -> InvalidToken:
    return InvalidToken("The job's token is not valid.")
