"""Logging in and out by the command line: as a person at a terminal, and as a script."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pexpect
import pytest

from hawk.client.login.record import Login, claims_of
from hawk.client.login.store import Logins
from tests.cli.conftest import HAWK, Hawk
from tests.client.login.conftest import logged_in
from tests.servers.oidc.provider import OidcProvider

SERVER = "https://hawk.example.com"


@pytest.fixture
def logins(home: Path) -> Logins:
    return Logins(home / "config" / "hawk" / "logins")


@pytest.fixture
def at(oidc: OidcProvider, home: Path, monkeypatch: pytest.MonkeyPatch) -> OidcProvider:
    """A provider at which the commands log in for SERVER, which need not be there for that."""
    set_up(oidc, monkeypatch)
    return oidc


@pytest.fixture
def at_own(own_oidc: OidcProvider, home: Path, monkeypatch: pytest.MonkeyPatch) -> OidcProvider:
    set_up(own_oidc, monkeypatch)
    return own_oidc


def set_up(oidc: OidcProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**oidc.environment, "HAWK_API_URL": SERVER}.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def terminal(home: Path) -> Iterator[Callable[..., pexpect.spawn]]:
    children: list[pexpect.spawn] = []

    def start(*args: str, **env: str) -> pexpect.spawn:
        child = pexpect.spawn(
            str(HAWK), list(args), env={**os.environ, **env}, cwd=home / "work", encoding="utf-8", timeout=60
        )
        children.append(child)
        return child

    yield start
    for child in children:
        child.close(force=True)


def test_a_person_logs_in_with_a_code(
    at: OidcProvider, terminal: Callable[..., pexpect.spawn], logins: Logins, command: Hawk
) -> None:
    at.user("cli-ada", ["model-access-public"])
    child = terminal("login")
    child.expect(r"Open (http://127\.0\.0\.1:\d+/device\?user_code=\S+) in a browser")
    child.expect(r"agree: ([A-Z]{4}-[A-Z]{4})")
    at.approve(str(child.match[1]), "cli-ada")
    child.expect(f"Logged in to {re.escape(SERVER)} as cli-ada@example.com")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    login = logins.find(SERVER)
    assert login is not None
    assert login.access_token not in str(child.before)
    printed = command("auth", "access-token")
    assert (printed.out, printed.err) == (f"{login.access_token}\n", "")
    assert command("auth", "refresh-token").out == f"{login.refresh_token}\n"


def test_a_person_gives_up(at: OidcProvider, terminal: Callable[..., pexpect.spawn], logins: Logins) -> None:
    child = terminal("auth", "login")
    child.expect("Waiting")
    child.sendintr()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130
    assert logins.find(SERVER) is None


def test_a_person_logs_in_with_a_browser(
    at: OidcProvider, terminal: Callable[..., pexpect.spawn], logins: Logins
) -> None:
    at.user("cli-eve")
    child = terminal("login", "--browser")
    child.expect(r"on this machine: (http://\S+)")
    with at.browser("cli-eve") as browser:
        assert "You are logged in" in browser.get(str(child.match[1])).text
    child.expect("Logged in to .* as cli-eve@example.com")
    child.expect(pexpect.EOF)
    assert logins.find(SERVER) is not None


def test_a_browser_is_opened_where_there_is_one(
    at: OidcProvider, home: Path, terminal: Callable[..., pexpect.spawn]
) -> None:
    at.user("cli-tim")
    seen = home / "seen"
    script = home / "browser"
    script.write_text(f'#!/bin/sh\necho "$1" > {seen}.partial\nmv {seen}.partial {seen}\n')
    script.chmod(0o755)
    child = terminal("login", "--browser", BROWSER=str(script))
    deadline = time.monotonic() + 60
    while not seen.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    with at.browser("cli-tim") as browser:
        browser.get(seen.read_text().strip())
    child.expect("Logged in")


def test_logging_out_revokes_and_forgets(at: OidcProvider, logins: Logins, command: Hawk) -> None:
    login = logged_in(at, at.user("cli-out"), SERVER, ends_in=3000)
    logins.put(login)
    assert "Logged out" in command("logout").err
    assert logins.find(SERVER) is None
    form = {
        "grant_type": "refresh_token",
        "refresh_token": str(login.refresh_token),
        "client_id": at.client_id,
    }
    assert httpx.post(login.token_endpoint, data=form).json()["error"] == "invalid_grant"
    assert command("auth", "access-token", code=1).out == ""
    assert "Logged out" in command("logout").err


def test_logging_out_while_the_provider_is_away_says_so(
    at: OidcProvider, logins: Logins, command: Hawk
) -> None:
    login = logged_in(at, at.user("cli-away"), SERVER, ends_in=3000)
    away = {"revocation_endpoint": "http://127.0.0.1:1/revoke"}
    logins.put(Login(**{**{name: getattr(login, name) for name in Login.__struct_fields__}, **away}))
    assert "could not be told" in command("logout").err
    assert logins.find(SERVER) is None


def test_without_a_login_the_fix_is_said_and_nothing_waits(at: OidcProvider, command: Hawk) -> None:
    for what in ("access-token", "refresh-token"):
        done = command("auth", what, code=1)
        assert done.out == ""
        assert "hawk login" in done.err


def test_without_a_server_there_is_nothing_to_log_in_to(command: Hawk) -> None:
    for args in (["login"], ["logout"], ["auth", "access-token"], ["auth", "whoami"]):
        assert "HAWK_API_URL" in command(*args, code=2).err


def test_an_empty_issuer_means_no_login(command: Hawk) -> None:
    env = {"HAWK_API_URL": SERVER, "HAWK_MODEL_ACCESS_TOKEN_ISSUER": ""}
    assert "has no login" in command("login", code=2, env=env).err


def test_dot_env_says_so_too(command: Hawk, home: Path) -> None:
    (home / "work" / ".env").write_text(f"HAWK_API_URL={SERVER}\nHAWK_MODEL_ACCESS_TOKEN_ISSUER=\n")
    assert "has no login" in command("login", code=2).err


@pytest.mark.parametrize("name", ["DEVICE_CODE_PATH", "TOKEN_PATH"])
def test_paths_of_the_provider_take_effect(at: OidcProvider, command: Hawk, name: str) -> None:
    done = command("login", code=1, env={f"HAWK_MODEL_ACCESS_TOKEN_{name}": "no/such/place"})
    assert "no/such/place" in done.err or "404" in done.err or "login failed" in done.err


def test_five_commands_refresh_at_once(at_own: OidcProvider, logins: Logins, home: Path) -> None:
    login = logged_in(at_own, at_own.user("five"), SERVER, ends_in=60)
    logins.put(login)
    children = [
        subprocess.Popen([HAWK, "auth", "access-token"], cwd=home / "work", stdout=subprocess.PIPE, text=True)
        for _ in range(5)
    ]
    outs = {child.communicate(timeout=120)[0] for child in children}
    assert [child.returncode for child in children] == [0] * 5
    new = logins.find(SERVER)
    assert new is not None
    assert outs == {f"{new.access_token}\n"}
    assert new.access_token != login.access_token
    form = {
        "grant_type": "refresh_token",
        "refresh_token": str(new.refresh_token),
        "client_id": at_own.client_id,
    }
    assert httpx.post(new.token_endpoint, data=form).is_success, "the newest refresh token was never used"


def test_a_command_killed_between_answer_and_store_loses_no_more_than_it_must(
    at_own: OidcProvider, logins: Logins, home: Path, command: Hawk
) -> None:
    login = logged_in(at_own, at_own.user("killed"), SERVER, ends_in=60)
    logins.put(login)
    at_own.trouble("/token", {"after": True, "seconds": 600, "cut": True})
    child = subprocess.Popen([HAWK, "auth", "access-token"], cwd=home / "work", stdout=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while at_own.trouble_left("/token"):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    assert logins.find(SERVER) == login
    assert command("auth", "access-token").out == f"{login.access_token}\n", "it is good for a minute yet"


def test_ctrl_c_does_not_cost_the_login(at_own: OidcProvider, logins: Logins, home: Path) -> None:
    login = logged_in(at_own, at_own.user("impatient"), SERVER, ends_in=60)
    logins.put(login)
    at_own.trouble("/token", {"fine": True, "seconds": 1})
    child = subprocess.Popen([HAWK, "auth", "access-token"], cwd=home / "work", stdout=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while at_own.trouble_left("/token"):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    child.send_signal(signal.SIGINT)
    assert child.communicate()[0] == b""
    assert child.returncode == 130
    new = logins.find(SERVER)
    assert new is not None
    assert new.refresh_token != login.refresh_token


def test_a_token_that_no_server_could_check_is_told_of(
    at: OidcProvider, terminal: Callable[..., pexpect.spawn]
) -> None:
    at.user("cli-keys")
    child = terminal("login", HAWK_MODEL_ACCESS_TOKEN_JWKS_PATH="device")
    child.expect(r"agree: ([A-Z]{4}-[A-Z]{4})")
    at.approve(str(child.match[1]), "cli-keys")
    child.expect("warning: The server may refuse this login")
    child.expect("Logged in")


def test_tokens_do_not_follow_a_folder(command: Hawk, home: Path) -> None:
    (home / "work" / ".env").write_text("HAWK_API_URL=https://evil.example.com\n")
    for name in ("HAWK_ACCESS_TOKEN", "HAWK_CLIENT_SECRET"):
        done = command("list", "jobs", code=2, env={name: "secret", "HAWK_CLIENT_ID": "robot"})
        assert name in done.err
        assert "isn't sent to https://evil.example.com" in done.err


def test_a_folder_does_not_bring_its_own_settings(command: Hawk, home: Path) -> None:
    (home / "work" / "hawk.toml").write_text('server = "https://evil.example.com"\n')
    (home / "work" / ".env").write_text("HAWK_CONFIG=hawk.toml\n")
    done = command("auth", "access-token", code=2, env={"HAWK_ACCESS_TOKEN": "secret"})
    assert done.out == ""
    assert "HAWK_CONFIG" in done.err


def test_a_folder_does_not_say_where_a_robot_logs_in(command: Hawk, home: Path) -> None:
    (home / "work" / ".env").write_text("HAWK_MODEL_ACCESS_TOKEN_ISSUER=https://evil.example.com\n")
    env = {"HAWK_API_URL": SERVER, "HAWK_CLIENT_ID": "robot", "HAWK_CLIENT_SECRET": "secret"}
    assert "HAWK_CLIENT_SECRET" in command("list", "jobs", code=2, env=env).err


@pytest.mark.parametrize("token", ["two words", "bad\nX-Evil: 1", "schlüssel"])
def test_what_is_no_token_is_not_sent(at: OidcProvider, command: Hawk, token: str) -> None:
    done = command("list", "jobs", code=2, env={"HAWK_ACCESS_TOKEN": token})
    assert "HAWK_ACCESS_TOKEN" in done.err
    assert token not in done.err


def test_settings_say_where_to_log_in(at: OidcProvider, command: Hawk) -> None:
    items = {one["name"]: one for one in json.loads(command("config", "show", "--json").out)["items"]}
    assert items["login.issuer"]["value"] == at.issuer
    assert items["login.issuer"]["source"] == "HAWK_MODEL_ACCESS_TOKEN_ISSUER"
    assert items["login.audience"]["value"] == at.audience


def test_a_token_of_the_environment_is_the_one_printed(at: OidcProvider, command: Hawk) -> None:
    assert command("auth", "access-token", env={"HAWK_ACCESS_TOKEN": "given"}).out == "given\n"


def test_a_robot_s_token_is_printed(at: OidcProvider, command: Hawk) -> None:
    env = {"HAWK_CLIENT_ID": at.robot_id, "HAWK_CLIENT_SECRET": at.robot_secret}
    assert claims_of(command("auth", "access-token", env=env).out)["sub"] == at.robot_id
