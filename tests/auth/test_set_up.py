"""How a server is told who its users are, and how it tells others."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from hawk.errors import InvalidConfig
from hawk.settings import load_settings
from tests.auth.conftest import bearer, serving
from tests.auth.issuer import AUDIENCE, Issuer
from tests.jobs.conftest import Stage


async def test_a_client_learns_where_to_log_in(http: httpx.AsyncClient, issuer: Issuer) -> None:
    assert (await http.get("/api/auth/config")).json() == {
        "issuer": issuer.url,
        "client_id": "hawk-cli",
        "audience": AUDIENCE,
        "scopes": "openid profile email offline_access",
    }


async def test_without_an_issuer_nobody_logs_in(tmp_path: Path) -> None:
    settings = load_settings({"HAWK_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)})
    async with serving(settings, Stage()) as http:
        assert (await http.get("/api/auth/config")).json()["issuer"] is None
        assert (await http.get("/auth/login")).status_code == 404
        assert (await http.get("/api/auth/whoami")).json()["admin"] is True


async def test_the_prior_arts_variables_take_effect(tmp_path: Path, issuer: Issuer) -> None:
    prefix = "INSPECT_ACTION_API_MODEL_ACCESS_TOKEN_"
    said = {
        "ISSUER": issuer.url,
        "AUDIENCE": AUDIENCE,
        "JWKS_PATH": "keys",
        "CLIENT_ID": "old",
        "TOKEN_PATH": "v1/token",
        "EMAIL_FIELD": "mail",
    }
    home = {"HAWK_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "HAWK_ALLOW_LOCAL_BACKEND": "1"}
    old = {f"{prefix}{name}": value for name, value in said.items()}
    settings = load_settings({**home, **old})
    assert settings.auth.token_endpoint == "v1/token"
    async with serving(settings, Stage()) as http:
        assert (await http.get("/api/auth/config")).json()["client_id"] == "old"
        answer = await http.get("/api/auth/whoami", headers=bearer(issuer.token(mail="ada@x.org")))
        assert answer.json()["name"] == "ada@x.org"
    assert issuer.asked == {"/keys": 1}
    assert load_settings({**home, **old, "HAWK_AUTH_CLIENT_ID": "new"}).auth.client_id == "new"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"HAWK_AUTH_ISSUER": "http://login.example.com"}, "no https URL"),
        ({"HAWK_AUTH_ISSUER": "login"}, "no https URL"),
        ({"HAWK_AUTH_AUDIENCE": ""}, "no audience"),
        ({"HAWK_AUTH_ALGORITHMS": "none"}, "HAWK_AUTH_ALGORITHMS"),
        ({"HAWK_AUTH_ALGORITHMS": "RS256,HS256"}, "HAWK_AUTH_ALGORITHMS"),
        ({"HAWK_AUTH_LEEWAY": "10000"}, "HAWK_AUTH_LEEWAY"),
    ],
)
async def test_what_can_not_be_safe_is_refused_at_the_start(
    environ: dict[str, str], changes: dict[str, str], said: str
) -> None:
    with pytest.raises(InvalidConfig, match=said):
        async with serving(load_settings({**environ, **changes}), Stage()):
            pass


async def test_an_issuer_of_another_name_is_not_believed(environ: dict[str, str], issuer: Issuer) -> None:
    settings = load_settings({**environ, "HAWK_AUTH_ISSUER": f"{issuer.url}/"})
    async with serving(settings, Stage()) as http:
        answer = await http.get("/api/auth/whoami", headers=bearer(issuer.token(iss=f"{issuer.url}/")))
    assert (answer.status_code, "calls itself" in answer.text) == (503, False)
