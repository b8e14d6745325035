"""The prior art's variables of a server, each shown to take effect by what it answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers.hawk import HawkServer
from tests.servers.oidc.provider import OidcProvider

_PREFIX = "INSPECT_ACTION_API_MODEL_ACCESS_TOKEN"


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({}, 200),
        ({"AUDIENCE": "https://another.example"}, 401),
        ({"ISSUER": "https://login.another.example"}, 401),
        ({"JWKS_PATH": "no/keys/here"}, 503),
    ],
)
def test_where_users_come_from(
    oidc: OidcProvider, tmp_path: Path, changed: dict[str, str], status: int
) -> None:
    values = {"ISSUER": oidc.issuer, "AUDIENCE": oidc.audience, "JWKS_PATH": "jwks", **changed}
    if "ISSUER" in changed:  # Its keys are where they were, so that it is the name that is refused.
        values["JWKS_PATH"] = f"{oidc.issuer}/jwks"
    env = {**{f"{_PREFIX}_{name}": value for name, value in values.items()}, "HAWK_ALLOW_LOCAL_BACKEND": "1"}
    token = oidc.token("variables-ada", ["model-access-public"])
    with HawkServer(tmp_path, env=env) as server, server.http() as http:
        assert http.get("/api/jobs", headers={"Authorization": f"Bearer {token}"}).status_code == status
        assert http.get("/api/jobs").status_code == 401


def test_what_pages_are_told(tmp_path: Path) -> None:
    told = {
        "viewer": "https://viewer.example",
        "api_base_url": "https://api.example",
        "oidc_issuer": "https://login.example",
        "oidc_client_id": "web",
        "oidc_scopes": "openid email",
        "oidc_authorize_path": "v1/authorize",
        "oidc_token_path": "v1/token",
    }
    env = {f"VITE_{name.upper()}": value for name, value in told.items() if name != "viewer"}
    with HawkServer(tmp_path, env={**env, "LOG_VIEWER_BASE_URL": told["viewer"]}) as server:
        assert server.http().get("/api/web/config", headers={"Authorization": ""}).json() == told
