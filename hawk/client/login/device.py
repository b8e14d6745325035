"""Logging in with another device's browser: OAuth's device flow (RFC 8628)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

import httpx
import msgspec

from hawk.client.login.place import Endpoints, LoginPlace, decode_answer, no_answer
from hawk.client.login.token_endpoint import Granted, ProviderBusy, Refusal, ask
from hawk.errors import NotLoggedIn, Unsupported

GRANT: Final = "urn:ietf:params:oauth:grant-type:device_code"
SLOWER: Final = 5.0
"""Seconds that an answer `slow_down` adds to the interval (RFC 8628 §3.5)."""
SLOWEST: Final = 60.0
QUICKEST: Final = 0.2


class DeviceCode(msgspec.Struct, frozen=True):
    """What the user is told, and what the device asks with. Seconds; ``interval`` is between two polls."""

    device_code: str
    user_code: str
    verification_uri: str
    expires_in: float
    verification_uri_complete: str | None = None
    interval: float = 5.0


async def device_login(
    http: httpx.AsyncClient, endpoints: Endpoints, place: LoginPlace, tell: Callable[[DeviceCode], None]
) -> Granted:
    """Get a code, ``tell`` the user of it, and wait for what they decide. Raises NotLoggedIn."""
    code = await _code(http, endpoints, place)
    tell(code)
    form = {"grant_type": GRANT, "device_code": code.device_code, "client_id": place.client_id}
    deadline = time.monotonic() + code.expires_in
    interval = pause = max(code.interval, QUICKEST)
    while (left := deadline - time.monotonic()) > 0:
        await asyncio.sleep(min(pause, left))
        try:
            answer = await ask(http, endpoints.token_endpoint, form)
        except ProviderBusy:
            # A blip of the network must not cost a login; the provider is asked less often meanwhile.
            pause = min(pause * 2, SLOWEST)
            continue
        if isinstance(answer, Granted):
            return answer
        interval = pause = next_interval(interval, answer)
    raise _too_late()


async def _code(http: httpx.AsyncClient, endpoints: Endpoints, place: LoginPlace) -> DeviceCode:
    url = endpoints.device_authorization_endpoint
    if url is None:
        raise Unsupported(f"{place.issuer} has no device login.", fix="Use: hawk login --browser")
    form = {"client_id": place.client_id, "scope": place.scopes}
    if place.audience:
        form["audience"] = place.audience
    try:
        answer = await http.post(url, data=form)
    except httpx.TransportError as error:
        raise no_answer(url, error) from error
    return decode_answer(answer, DeviceCode, place.issuer)


def next_interval(interval: float, refusal: Refusal) -> float:
    """How long to wait before asking again. Raises NotLoggedIn where that is of no use."""
    match refusal.error:
        case "authorization_pending":
            return interval
        case "slow_down":
            return interval + SLOWER
        case "expired_token":
            raise _too_late()
        case "access_denied":
            raise NotLoggedIn("The login was refused in the browser.", fix="Try again with: hawk login")
        case _:
            raise NotLoggedIn(f"The login failed: {refusal.words}.", fix="Try again with: hawk login")


def _too_late() -> NotLoggedIn:
    return NotLoggedIn("The code has expired before anybody used it.", fix="Try again with: hawk login")
