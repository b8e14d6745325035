"""The provider's public keys: cached, and fetched again when they age or a token names another."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any, cast

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey

from hawk.auth.oidc.provider import RETRY_AFTER, Provider
from hawk.errors import Unavailable

logger = logging.getLogger(__name__)

PublicKey = RSAKey | ECKey | OKPKey

FRESH = 600.0
"""Seconds after which keys are fetched again, beside the requests; those at hand go on meanwhile."""

_KINDS = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}


class SigningKeys:
    """The keys that tokens may be signed with.

    They are fetched at most once in :data:`RETRY_AFTER` seconds, however many tokens name keys that
    nobody has. While the provider is down, those at hand go on.
    """

    def __init__(self, provider: Provider, changed: Callable[[], None]) -> None:
        self._provider = provider
        self._changed = changed
        self._keys: list[PublicKey] = []
        self._tried = self._fetched = -FRESH
        self._failed = False
        self._lock = asyncio.Lock()
        self._refresh: asyncio.Task[None] | None = None

    async def find(self, kid: str | None, algorithm: str) -> PublicKey | None:
        """The key of a token; None where the provider has none. Raises Unavailable if that can't be told."""
        if not self._keys:
            await self._ask()
        elif time.monotonic() - self._fetched > FRESH and (self._refresh is None or self._refresh.done()):
            self._refresh = asyncio.create_task(self._ask())
        found = self._known(kid, algorithm)
        if found is None:
            await self._ask()
            found = self._known(kid, algorithm)
        if found is None and self._failed:
            raise Unavailable(
                "The login provider's keys can't be fetched, and none at hand is that of the token.",
                fix="Try again in a moment, or tell your operator.",
            )
        return found

    async def close(self) -> None:
        """Give up a fetch that goes on beside the requests."""
        if self._refresh is not None:
            self._refresh.cancel()

    def _known(self, kid: str | None, algorithm: str) -> PublicKey | None:
        fit = [key for key in self._keys if _fits(key, algorithm)]
        if kid is None:
            return fit[0] if len(fit) == 1 else None
        return next((key for key in fit if key.kid == kid), None)

    async def _ask(self) -> None:
        """Fetch the keys, unless that was just done, by this request or by another."""
        async with self._lock:
            if time.monotonic() - self._tried < RETRY_AFTER:
                return
            try:
                keys = _public_keys(await self._provider.get_json(await self._provider.jwks_uri()))
            except Unavailable as error:
                self._failed = True
                logger.warning("%s", error)
            else:
                self._failed = False
                self._fetched = time.monotonic()
                self._take(keys)
            finally:
                self._tried = time.monotonic()

    def _take(self, keys: list[PublicKey]) -> None:
        before, self._keys = self._keys, keys
        if {key.thumbprint() for key in before} - {key.thumbprint() for key in keys}:
            self._changed()


def _public_keys(document: Any) -> list[PublicKey]:
    """The keys of a JWK set (RFC 7517) that can check signatures. Others in it are passed over."""
    listed = cast("Any", document).get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise Unavailable("The login provider's key set is not one (RFC 7517).")
    return [key for one in cast("list[Any]", listed) if (key := _public_key(one)) is not None]


def _public_key(value: Any) -> PublicKey | None:
    if not isinstance(value, dict):
        return None
    described = cast("dict[str, Any]", value)
    if described.get("kty") not in {"RSA", "EC", "OKP"} or described.get("use", "sig") != "sig":
        return None
    try:
        key = JWKRegistry.import_key(described)
    except (JoseError, ValueError, TypeError, KeyError):
        logger.warning("the login provider has a key that can't be read: kid %r", described.get("kid"))
        return None
    return key if isinstance(key, RSAKey | ECKey | OKPKey) else None


def _fits(key: PublicKey, algorithm: str) -> bool:
    return key.key_type == _KINDS[algorithm[:2]] and key.get("alg", algorithm) == algorithm
