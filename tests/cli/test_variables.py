"""The variables of the prior art, each shown to take effect: from the environment, and from a folder's `.env`."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs

import msgspec
import pytest

from tests.cli.conftest import Hawk
from tests.servers.stranger import Answer, Stranger, stranger

Set = Callable[..., None]


@pytest.fixture(params=["environment", ".env"])
def put(request: pytest.FixtureRequest, home: Path, monkeypatch: pytest.MonkeyPatch) -> Set:
    """Set variables where the test runs for."""
    for name in ("LOG_VIEWER_BASE_URL", "BROWSER", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)

    def put(**variables: str) -> None:
        if request.param == "environment":
            for name, value in variables.items():
                monkeypatch.setenv(name, value)
        else:
            (home / "work" / ".env").write_text("".join(f"{n}={v}\n" for n, v in variables.items()))

    return put


def answered(value: object) -> Answer:
    return Answer(headers={"content-type": "application/json"}, body=msgspec.json.encode(value))


@pytest.mark.parametrize("slash", ["", "/"])
def test_hawk_api_url(command: Hawk, put: Set, slash: str) -> None:
    with stranger(answered({"items": [], "next": None})) as server:
        put(HAWK_API_URL=f"{server.url}{slash}")
        done = command("list", "jobs")
        assert f"No jobs on {server.url}." in done.err
        assert server.requests == [("GET", "/api/jobs?limit=50")]


def test_hawk_model_access_token_variables(command: Hawk, put: Set) -> None:
    """All of them, by what `hawk login` asks of the provider that they name."""
    with stranger(Answer(404)) as provider:
        provider.answer = _provider(provider)
        names = {
            "ISSUER": f"{provider.url}/oauth2/own",
            "AUDIENCE": "https://models.example",
            "CLIENT_ID": "the-cli",
            "SCOPES": "openid custom",
            "DEVICE_CODE_PATH": "v1/device/authorize",
            "TOKEN_PATH": "v1/token",
            "JWKS_PATH": "v1/keys",
        }
        server = {"HAWK_API_URL": "https://hawk.example"}
        put(**{f"HAWK_MODEL_ACCESS_TOKEN_{name}": value for name, value in names.items()}, **server)
        command("login")
        asked = [path for _, path in provider.requests]
        assert asked[0] == "/oauth2/own/.well-known/openid-configuration"
        assert asked[1:] == [f"/oauth2/own/v1/{path}" for path in ("device/authorize", "token", "keys")]
        code, token = (parse_qs(body.decode()) for body in provider.bodies[1:3])
        assert code == {
            "client_id": ["the-cli"],
            "scope": ["openid custom"],
            "audience": ["https://models.example"],
        }
        assert token["client_id"] == ["the-cli"]


def test_an_empty_issuer_means_no_login(command: Hawk, put: Set) -> None:
    with stranger(answered({"items": [], "next": None})) as server:
        put(HAWK_API_URL=server.url, HAWK_MODEL_ACCESS_TOKEN_ISSUER="")
        command("list", "jobs")
        assert "authorization" not in server.headers
        assert "has no login" in command("login", code=2).err


def test_inspect_log_root_dir(command: Hawk, put: Set, home: Path) -> None:
    put(INSPECT_LOG_ROOT_DIR=str(home / "elsewhere" / "evals"))
    log = home / "work" / "2026-01-01T00-00-00_task_id.json"
    log.write_bytes(msgspec.json.encode(_LOG))
    command("import", log, "--eval-set", "taken-in")
    assert (home / "elsewhere" / "evals" / "taken-in" / log.name).exists()
    assert not (home / "data" / "storage" / "evals").exists()


def test_log_viewer_base_url(command: Hawk, put: Set) -> None:
    put(LOG_VIEWER_BASE_URL="https://viewer.example/")
    assert command("view-sample", "u1").out == "https://viewer.example/permalink/sample/u1\n"


def _provider(provider: Stranger) -> Callable[[str, str], Answer]:
    issuer = f"{provider.url}/oauth2/own"
    header = base64.urlsafe_b64encode(b'{"alg":"RS256","kid":"k"}').rstrip(b"=").decode()
    told = {
        "issuer": issuer,
        "token_endpoint": f"{issuer}/other",
        "device_authorization_endpoint": f"{issuer}/other",
    }
    device = {
        "device_code": "d",
        "user_code": "ABCD-EFGH",
        "verification_uri": f"{issuer}/device",
        "expires_in": 60,
        "interval": 0.2,
    }
    answers = {
        "openid-configuration": told,
        "authorize": device,
        "token": {"access_token": f"{header}.e30.c2ln", "refresh_token": "r", "expires_in": 3600},
        "keys": {"keys": [{"kid": "k"}]},
    }
    return lambda _method, path: answered(answers[path.rpartition("/")[2]])


_LOG = {
    "version": 2,
    "status": "success",
    "eval": {
        "eval_id": "e",
        "run_id": "r",
        "created": "2026-01-01T00:00:00+00:00",
        "task": "task",
        "task_id": "id",
        "task_version": 0,
        "model": "mockllm/model",
        "dataset": {},
        "config": {},
    },
    "plan": {},
    "results": {"total_samples": 0, "completed_samples": 0, "scores": []},
    "stats": {},
    "samples": [],
}
