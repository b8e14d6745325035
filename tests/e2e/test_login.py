"""A server with logins, an OpenID Connect provider, and a person with only the server's address."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pexpect
import pytest

from hawk.client.login.store import Logins
from tests.client.login.conftest import logged_in
from tests.servers.hawk import HAWK, HawkServer
from tests.servers.oidc.provider import OidcProvider


@pytest.fixture
def server(own_oidc: OidcProvider, tmp_path: Path) -> Iterator[HawkServer]:
    env = {
        "HAWK_AUTH_ISSUER": own_oidc.issuer,
        "HAWK_AUTH_AUDIENCE": own_oidc.audience,
        "HAWK_AUTH_CLIENT_ID": own_oidc.client_id,
        "HAWK_ALLOW_LOCAL_BACKEND": "true",
    }
    with HawkServer(tmp_path / "server", env=env, args=("--no-worker",)) as started:
        yield started


class Person:
    """Somebody with a machine of their own, who knows where the server is."""

    def __init__(self, folder: Path, server: HawkServer) -> None:
        self.folder = folder
        folder.mkdir()
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("HAWK_", "XDG_"))}
        home = {"HAWK_HOME": str(folder / "data"), "XDG_CONFIG_HOME": str(folder / "config")}
        self.env = {**kept, **home, "HAWK_API_URL": server.url}
        self.logins = Logins(folder / "config" / "hawk" / "logins")

    def hawk(self, *args: str, code: int = 0, **env: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [HAWK, *args],
            env={**self.env, **env},
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == code, done
        return done

    def whoami(self, **env: str) -> dict[str, object]:
        return json.loads(self.hawk("auth", "whoami", "--json", **env).stdout)


@pytest.fixture
def person(server: HawkServer, tmp_path: Path) -> Person:
    return Person(tmp_path / "person", server)


def test_a_person_logs_in_works_and_logs_out(
    own_oidc: OidcProvider, server: HawkServer, person: Person
) -> None:
    own_oidc.user("ada", ["model-access-public", "staff"])
    refused = person.hawk("list", "jobs", code=1)
    assert "hawk login" in refused.stderr
    child = pexpect.spawn(HAWK, ["login"], env=person.env, cwd=person.folder, encoding="utf-8", timeout=60)
    child.expect(r"agree: ([A-Z]{4}-[A-Z]{4})")
    own_oidc.approve(str(child.match[1]), "ada")
    child.expect(f"Logged in to {re.escape(server.url)} as ada@example.com")
    child.expect(pexpect.EOF)
    child.close()
    assert "No jobs on" in person.hawk("list", "jobs").stderr
    me = person.whoami()
    assert me["name"] == "ada@example.com"
    assert "staff" in str(me["groups"])
    own_oidc.rotate_keys()
    assert person.whoami()["name"] == "ada@example.com"
    person.hawk("logout")
    assert "hawk login" in person.hawk("list", "jobs", code=1).stderr


def test_a_token_that_the_server_refuses_is_replaced(
    own_oidc: OidcProvider, server: HawkServer, person: Person
) -> None:
    stale = stale_login(own_oidc, server, person, "stale")
    assert person.whoami()["name"] == "stale@example.com"
    now = person.logins.find(server.url)
    assert now is not None
    assert now.refresh_token != stale


def test_a_login_that_is_over_says_what_to_do(
    own_oidc: OidcProvider, server: HawkServer, person: Person
) -> None:
    used = stale_login(own_oidc, server, person, "over")
    form = {"grant_type": "refresh_token", "refresh_token": used, "client_id": own_oidc.client_id}
    assert httpx.post(f"{own_oidc.issuer}/token", data=form).is_success
    for args in (["list", "jobs"], ["auth", "whoami"], ["status", "x"]):
        done = person.hawk(*args, code=1)
        assert "Your login has expired" in done.stderr
        assert "hawk login" in done.stderr
        assert used not in done.stdout + done.stderr


def test_a_robot_needs_no_person(own_oidc: OidcProvider, person: Person) -> None:
    own_oidc.user(own_oidc.robot_id, ["staff"], email="")
    env = {"HAWK_CLIENT_ID": own_oidc.robot_id, "HAWK_CLIENT_SECRET": own_oidc.robot_secret}
    assert person.whoami(**env)["subject"]
    assert "staff" in str(person.whoami(**env)["groups"])


def test_a_token_of_somebody_else_s_issuer_is_told_apart(own_oidc: OidcProvider, person: Person) -> None:
    claims = {
        "iss": "https://evil.example.com",
        "aud": own_oidc.audience,
        "sub": "eve",
        "exp": time.time() + 60,
    }
    done = person.hawk("list", "jobs", code=1, HAWK_ACCESS_TOKEN=own_oidc.sign(claims))
    assert "error:" in done.stderr


def stale_login(oidc: OidcProvider, server: HawkServer, person: Person, name: str) -> str:
    """A login whose access token the server takes for expired, and this machine doesn't. Its refresh token."""
    login = logged_in(oidc, oidc.user(name), server.url, ends_in=3000)
    claims = {"iss": oidc.issuer, "aud": oidc.audience, "sub": name, "iat": 0, "exp": int(time.time()) - 600}
    person.logins.put(msgspec.structs.replace(login, access_token=oidc.sign(claims)))
    assert login.refresh_token is not None
    return login.refresh_token
