"""The device flow, at a real provider: everything that it may answer, and a network that blinks."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hawk.client.login import device
from hawk.client.login.device import DeviceCode, device_login
from hawk.client.login.interactive import log_in
from hawk.client.login.place import LoginPlace
from hawk.client.login.record import Login, claims_of
from hawk.client.login.store import Logins
from hawk.errors import NotLoggedIn
from hawk.settings import LoginSettings
from tests.servers.oidc.provider import OidcProvider

SERVER = "http://127.0.0.1:1"


async def log(
    logins: Logins, oidc: OidcProvider, decide: Callable[[str], object], client_id: str = "hawk-cli"
) -> Login:
    """Log in, with a user beside who decides."""

    def told(code: DeviceCode) -> None:
        assert code.user_code in (code.verification_uri_complete or "")
        threading.Thread(target=decide, args=(code.user_code,)).start()

    place = LoginPlace(oidc.issuer, client_id, oidc.audience, oidc.scopes)
    return await log_in(
        logins, SERVER, place, LoginSettings(), lambda http, ends, at: device_login(http, ends, at, told)
    )


async def test_a_user_agrees(oidc: OidcProvider, logins: Logins) -> None:
    oidc.user("device-yes", ["model-access-public"])
    login = await log(logins, oidc, lambda code: oidc.approve(code, "device-yes"))
    claims = claims_of(login.access_token)
    assert claims["sub"] == "device-yes"
    assert claims["aud"] == oidc.audience
    assert claims["groups"] == ["model-access-public"]
    assert login.refresh_token
    assert login.revocation_endpoint
    assert logins.find(SERVER) == login


async def test_a_user_refuses(oidc: OidcProvider, logins: Logins) -> None:
    oidc.user("device-no")
    with pytest.raises(NotLoggedIn, match="refused in the browser"):
        await log(logins, oidc, lambda code: oidc.deny(code, "device-no"))
    assert logins.find(SERVER) is None


async def test_nobody_decides(oidc: OidcProvider, logins: Logins) -> None:
    with pytest.raises(NotLoggedIn, match="expired before anybody used it"):
        await log(logins, oidc, lambda code: None, "hawk-cli-brief")


async def test_blips_and_slow_down_are_lived_through(
    own_oidc: OidcProvider, logins: Logins, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device, "SLOWER", 0.1)
    monkeypatch.setattr(device, "SLOWEST", 0.2)
    own_oidc.user("patient")
    own_oidc.trouble(
        "/token",
        {"status": 503, "body": "<html>a proxy's page</html>"},
        {"cut": True},
        {"status": 400, "body": {"error": "slow_down"}},
        {"status": 429, "body": {"error": "too_many"}},
        {"status": 400, "body": {"error": "authorization_pending"}},
    )
    login = await log(logins, own_oidc, lambda code: own_oidc.approve(code, "patient"))
    assert claims_of(login.access_token)["sub"] == "patient"
    assert own_oidc.trouble_left("/token") == 0


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": "expired_token"}, "expired"),
        ({"error": "invalid_client", "error_description": "no such client"}, "no such client"),
        ({"error": "something_new"}, "something new"),
    ],
)
async def test_other_ends_are_told(
    own_oidc: OidcProvider, logins: Logins, body: dict[str, str], words: str
) -> None:
    own_oidc.trouble("/token", {"status": 400, "body": body})
    with pytest.raises(NotLoggedIn, match=words):
        await log(logins, own_oidc, lambda code: None)


@given(st.floats(0.1, 60), st.sampled_from(["authorization_pending", "slow_down"]))
def test_the_interval_only_grows(interval: float, error: str) -> None:
    grown = device.next_interval(interval, device.Refusal(error))
    assert grown == (interval + 5 if error == "slow_down" else interval)
