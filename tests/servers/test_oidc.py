"""The provider that tests log in at does what real ones do."""

import httpx

from tests.servers.oidc.provider import OidcProvider


def grant(oidc: OidcProvider, **form: str) -> httpx.Response:
    return httpx.post(f"{oidc.issuer}/token", data={"client_id": oidc.client_id, **form})


def test_a_refresh_token_is_good_once(oidc: OidcProvider) -> None:
    first = oidc.tokens(oidc.user("rotating"))
    form = {"grant_type": "refresh_token", "refresh_token": first.refresh_token}
    second = grant(oidc, **form).json()
    assert second["refresh_token"] != first.refresh_token
    assert grant(oidc, **form).json()["error"] == "invalid_grant"
    again = grant(oidc, grant_type="refresh_token", refresh_token=second["refresh_token"])
    assert again.json()["error"] == "invalid_grant", "whoever uses one twice ends the login"


def test_a_device_is_logged_in_when_its_user_says_so(oidc: OidcProvider) -> None:
    asked = {"client_id": oidc.client_id, "scope": oidc.scopes, "audience": oidc.audience}
    code = httpx.post(f"{oidc.issuer}/device/auth", data=asked).json()
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "device_code": code["device_code"],
    }
    assert grant(oidc, **form).json()["error"] == "authorization_pending"
    oidc.approve(code["user_code"], oidc.user("agreeing", ["a"]))
    assert grant(oidc, **form).json()["access_token"].count(".") == 2


def test_keys_change_and_may_go(own_oidc: OidcProvider) -> None:
    def kids() -> list[str]:
        return [key["kid"] for key in httpx.get(f"{own_oidc.issuer}/jwks").json()["keys"]]

    (first,) = kids()
    own_oidc.rotate_keys()
    assert first in kids()
    assert len(kids()) == 2
    own_oidc.rotate_keys(keep=False)
    assert first not in kids()
    assert len(kids()) == 1
