"""The browser's login, at a real provider: the right visit, wrong ones, and none."""

from __future__ import annotations

import threading
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from hawk.client.login.interactive import log_in
from hawk.client.login.loopback import browser_login
from hawk.client.login.place import LoginPlace
from hawk.client.login.record import Login, claims_of
from hawk.client.login.store import Logins
from hawk.errors import NotLoggedIn
from hawk.settings import LoginSettings
from tests.servers.oidc.provider import OidcProvider

SERVER = "http://127.0.0.1:1"


async def log(logins: Logins, oidc: OidcProvider, visit: Callable[[str], object], wait: float = 60) -> Login:
    """Log in, with a browser that does something with the page's address."""

    def opened(url: str) -> None:
        threading.Thread(target=visit, args=(url,)).start()

    place = LoginPlace(oidc.issuer, oidc.client_id, oidc.audience, oidc.scopes)
    return await log_in(
        logins,
        SERVER,
        place,
        LoginSettings(),
        lambda http, ends, at: browser_login(http, ends, at, opened, wait),
    )


def query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


async def test_a_browser_logs_in(oidc: OidcProvider, logins: Logins) -> None:
    oidc.user("browser-yes", ["model-access-public"])
    pages: list[httpx.Response] = []
    asked: list[dict[str, str]] = []

    def visit(url: str) -> None:
        asked.append(query_of(url))
        with oidc.browser("browser-yes") as browser:
            pages.append(browser.get(url))

    login = await log(logins, oidc, visit)
    assert claims_of(login.access_token)["groups"] == ["model-access-public"]
    assert logins.find(SERVER) == login
    assert asked[0]["code_challenge_method"] == "S256"
    assert len(asked[0]["code_challenge"]) == 43


async def test_whoever_does_not_know_the_state_is_turned_away(oidc: OidcProvider, logins: Logins) -> None:
    oidc.user("browser-csrf")
    answers: list[httpx.Response] = []

    def visit(url: str) -> None:
        back = query_of(url)["redirect_uri"]
        answers.append(httpx.get(back, params={"code": "forged", "state": "guessed"}))
        answers.append(httpx.get(back, params={"code": "forged"}))
        answers.append(httpx.get(back, params={"error": "access_denied"}))
        answers.append(httpx.get(back.replace("/callback", "/favicon.ico")))
        answers.append(httpx.post(back, params={"state": query_of(url)["state"], "code": "forged"}))
        foreign = {"state": query_of(url)["state"], "code": "forged", "iss": "https://evil.example.com"}
        answers.append(httpx.get(back, params=foreign))
        with oidc.browser("browser-csrf") as browser:
            browser.get(url)

    login = await log(logins, oidc, visit)
    assert claims_of(login.access_token)["sub"] == "browser-csrf"
    assert [one.status_code for one in answers] == [400, 400, 400, 404, 404, 400]


async def test_a_refusal_is_told_on_the_page_and_here(oidc: OidcProvider, logins: Logins) -> None:
    pages: list[str] = []

    def visit(url: str) -> None:
        asked = query_of(url)
        said = {"error": "access_denied", "error_description": "not today", "state": asked["state"]}
        pages.append(httpx.get(asked["redirect_uri"], params=said).text)

    with pytest.raises(NotLoggedIn, match="not today"):
        await log(logins, oidc, visit)
    assert logins.find(SERVER) is None


async def test_a_code_that_is_none_is_refused(oidc: OidcProvider, logins: Logins) -> None:
    def visit(url: str) -> None:
        asked = query_of(url)
        httpx.get(asked["redirect_uri"], params={"code": "forged", "state": asked["state"]})

    with pytest.raises(NotLoggedIn, match="login failed"):
        await log(logins, oidc, visit)


async def test_nobody_comes(oidc: OidcProvider, logins: Logins) -> None:
    with pytest.raises(NotLoggedIn, match="Nobody logged in"):
        await log(logins, oidc, lambda url: None, wait=0.1)
