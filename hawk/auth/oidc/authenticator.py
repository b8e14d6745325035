"""Tells users from their access tokens."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict

from hawk.auth.caller import Caller
from hawk.auth.oidc.claims import caller_from
from hawk.auth.oidc.faults import LOG_IN
from hawk.auth.oidc.provider import Provider
from hawk.auth.oidc.tokens import Tokens
from hawk.errors import InvalidToken

MOST_KNOWN = 10_000
"""How many checked tokens are remembered; the one that was used longest ago goes first."""


class Users:
    """The users of one login provider, by their access tokens.

    A token is checked once, and remembered by its hash until it ends: or until the provider takes
    a key back, whichever key that is.
    """

    def __init__(self, provider: Provider) -> None:
        self._known: OrderedDict[bytes, Caller] = OrderedDict()
        self._settings = provider.settings
        self.tokens = Tokens(provider, self._known.clear)

    async def caller(self, token: str) -> Caller:
        """Who it is. Raises InvalidToken, or Unavailable where that can't be told."""
        name = hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
        known = self._known.get(name)
        if known is None:
            known = caller_from(await self.tokens.access(token), self._settings)
            self._remember(name, known)
        elif (known.expires_at or 0) + self._settings.leeway <= time.time():
            del self._known[name]
            raise InvalidToken("Your login has expired.", fix=LOG_IN)
        else:
            self._known.move_to_end(name)
        return known

    async def close(self) -> None:
        """End what goes on in the background."""
        await self.tokens.close()

    def _remember(self, name: bytes, caller: Caller) -> None:
        self._known[name] = caller
        while len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
