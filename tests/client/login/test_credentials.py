"""What goes along with requests, to whom, and what happens where it is refused. Real HTTP on both sides."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator
from email.utils import formatdate
from pathlib import Path

import httpx
import pytest

from hawk.client.connect import connect
from hawk.client.credentials import Bearer, WithCredentials
from hawk.client.login.record import claims_of
from hawk.client.login.store import Logins, logins_of
from hawk.errors import NotLoggedIn, UsageFault
from hawk.settings import Settings, load_settings
from tests.client.login.conftest import Picky, logged_in
from tests.servers.oidc.provider import OidcProvider


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in [name for name in os.environ if name.startswith("HAWK_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HAWK_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return load_settings()


@pytest.fixture
def kept(settings: Settings) -> Logins:
    return logins_of(settings)


async def test_a_login_goes_along(settings: Settings, kept: Logins, oidc: OidcProvider, picky: Picky) -> None:
    login = logged_in(oidc, oidc.user("along"), picky.url, ends_in=3000)
    kept.put(login)
    async with connect(settings, f"{picky.url}/") as client:
        await client.jobs()
        await client.jobs()
    assert picky.seen == [f"Bearer {login.access_token}"] * 2


async def test_without_a_login_nothing_does(settings: Settings, picky: Picky) -> None:
    async with connect(settings, picky.url) as client:
        with pytest.raises(Exception, match="401"):
            await client.jobs()
    assert picky.seen == [None]


async def test_a_login_is_for_its_server_alone(
    settings: Settings, kept: Logins, oidc: OidcProvider, picky: Picky
) -> None:
    kept.put(logged_in(oidc, oidc.user("faithful"), "https://hawk.example.com", ends_in=3000))
    async with connect(settings, picky.url) as client:
        with pytest.raises(Exception, match="401"):
            await client.jobs()
    assert picky.seen == [None]


async def test_a_redirect_does_not_take_a_token_along(picky: Picky) -> None:
    auth = WithCredentials("http://127.0.0.1:1", Bearer("secret"))
    async with httpx.AsyncClient(auth=auth, follow_redirects=True) as http:
        await http.get(picky.url)
    assert picky.seen == [None]


async def test_a_token_is_not_sent_where_others_can_read_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HAWK_ACCESS_TOKEN", "secret")
    async with connect(settings, "http://hawk.example.com") as client:
        with pytest.raises(UsageFault, match="https://"):
            await client.jobs()


async def test_a_refused_token_is_replaced_once(
    settings: Settings, kept: Logins, oidc: OidcProvider, picky: Picky
) -> None:
    login = logged_in(oidc, oidc.user("replaced"), picky.url, ends_in=3000)
    kept.put(login)
    picky.refused = {login.access_token}
    async with connect(settings, picky.url) as client:
        await client.jobs()
        await client.jobs()
    new = kept.find(picky.url)
    assert new is not None
    assert picky.seen == [f"Bearer {one}" for one in (login.access_token, new.access_token, new.access_token)]


async def test_a_login_that_is_over_says_so(
    settings: Settings, kept: Logins, oidc: OidcProvider, picky: Picky
) -> None:
    login = logged_in(oidc, oidc.user("over"), picky.url, ends_in=3000)
    form = {"grant_type": "refresh_token", "refresh_token": login.refresh_token, "client_id": login.client_id}
    async with httpx.AsyncClient() as http:
        await http.post(login.token_endpoint, data=form)
    kept.put(login)
    picky.refused = {login.access_token}
    async with connect(settings, picky.url) as client:
        with pytest.raises(NotLoggedIn, match=r"login has expired.*hawk login"):
            await client.jobs()


async def test_an_upload_in_pieces_is_not_sent_twice(
    settings: Settings, kept: Logins, oidc: OidcProvider, picky: Picky
) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"log"

    login = logged_in(oidc, oidc.user("pieces"), picky.url, ends_in=3000)
    kept.put(login)
    picky.refused = {login.access_token}
    async with connect(settings, picky.url) as client:
        with pytest.raises(Exception, match="401"):
            await client.take_log("set", "a.eval", 3, body())
        await client.jobs()
    assert len(picky.seen) == 2


@pytest.mark.parametrize(("ahead", "words"), [(-600, "10 minutes behind"), (3600, "60 minutes ahead of")])
async def test_clocks_that_differ_are_told_apart_from_a_login_that_is_over(
    settings: Settings, picky: Picky, monkeypatch: pytest.MonkeyPatch, ahead: float, words: str
) -> None:
    monkeypatch.setenv("HAWK_ACCESS_TOKEN", "secret")
    picky.refused = {"secret"}
    picky.headers = {"Date": formatdate(time.time() - ahead, usegmt=True)}
    async with connect(settings, picky.url) as client:
        with pytest.raises(NotLoggedIn, match=words):
            await client.jobs()


async def test_the_environment_s_token_wins(
    settings: Settings, kept: Logins, oidc: OidcProvider, picky: Picky, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.put(logged_in(oidc, oidc.user("beaten"), picky.url, ends_in=3000))
    monkeypatch.setenv("HAWK_ACCESS_TOKEN", "from-the-environment")
    async with connect(settings, picky.url) as client:
        await client.jobs()
    assert picky.seen == ["Bearer from-the-environment"]


async def test_a_robot_logs_in_by_itself_and_its_token_is_kept(
    settings: Settings, kept: Logins, oidc: OidcProvider, picky: Picky, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in oidc.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HAWK_CLIENT_ID", oidc.robot_id)
    monkeypatch.setenv("HAWK_CLIENT_SECRET", oidc.robot_secret)
    for _ in range(2):
        async with connect(load_settings(), picky.url) as client:
            await client.jobs()
    first, second = picky.seen
    assert first == second
    assert first is not None
    assert claims_of(first.removeprefix("Bearer "))["sub"] == oidc.robot_id
    picky.refused = {first.removeprefix("Bearer ")}
    async with connect(load_settings(), picky.url) as client:
        await client.jobs()
    assert picky.seen[-1] not in {None, first}
    monkeypatch.delenv("HAWK_CLIENT_ID")
    async with connect(load_settings(), picky.url) as client:
        with pytest.raises(Exception, match="401"):
            await client.jobs()
    assert picky.seen[-1] is None, "a robot's login is nobody else's"


async def test_a_robot_with_a_wrong_secret_is_told(
    settings: Settings, oidc: OidcProvider, picky: Picky, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in oidc.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HAWK_CLIENT_ID", oidc.robot_id)
    monkeypatch.setenv("HAWK_CLIENT_SECRET", "wrong")
    async with connect(load_settings(), picky.url) as client:
        with pytest.raises(NotLoggedIn, match="HAWK_CLIENT_SECRET"):
            await client.jobs()
    assert picky.seen == []


async def test_an_empty_issuer_means_no_login(
    settings: Settings, kept: Logins, oidc: OidcProvider, picky: Picky, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.put(logged_in(oidc, oidc.user("unasked"), picky.url, ends_in=3000))
    monkeypatch.setenv("HAWK_MODEL_ACCESS_TOKEN_ISSUER", "")
    async with connect(load_settings(), picky.url) as client:
        with pytest.raises(Exception, match="401"):
            await client.jobs()
    assert picky.seen == [None]
