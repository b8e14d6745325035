"""Logging in with a browser: at a real provider, and what a session then may."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from hawk.auth.web.attempts import new_attempt, read_attempt, written
from hawk.auth.web.paths import own_path
from hawk.auth.web.pruning import prune_sessions
from hawk.auth.web.sealing import seal, unseal
from hawk.clock import utc_now
from hawk.server.app import served_app
from hawk.settings import Settings, load_settings
from hawk.warehouse.engine import Database
from hawk.warehouse.tables.callers import web_sessions
from tests.jobs.conftest import Stage
from tests.servers.oidc.provider import OidcProvider

SUBMISSION = {
    "key": "k",
    "kind": "eval-set",
    "spec": {"tasks": [{"package": "six", "name": "six", "items": [{"name": "t"}]}]},
}


@pytest.fixture
def settings(tmp_path: Path, oidc: OidcProvider, request: pytest.FixtureRequest) -> Settings:
    """Of a server; a test that asks for ``database_url`` is run on both kinds."""
    database = "database_url" in request.fixturenames
    return load_settings(
        {
            "HAWK_DATABASE_URL": request.getfixturevalue("database_url") if database else "",
            "HAWK_HOME": str(tmp_path / "home"),
            "XDG_CONFIG_HOME": str(tmp_path / "config"),
            "HAWK_ALLOW_LOCAL_BACKEND": "true",
            "HAWK_AUTH_ISSUER": oidc.issuer,
            "HAWK_AUTH_AUDIENCE": oidc.audience,
            "HAWK_AUTH_CLIENT_ID": oidc.client_id,
            "HAWK_AUTH_SCOPES": oidc.scopes,
            "HAWK_AUTH_ADMIN_GROUPS": "hawk-admins",
        }
    )


class Browser:
    """A person's browser: Hawk's cookies, and those of the provider."""

    def __init__(self, http: httpx.AsyncClient, name: str) -> None:
        self.http = http
        self.name = name

    async def log_in(self, back: str = "/jobs?x=1") -> httpx.Response:
        """Hawk's last answer of a login."""
        return await self.http.get(await self.callback(back))

    async def callback(self, back: str = "/") -> str:
        """Where the provider sends the browser after its login."""
        begun = await self.http.get("/auth/login", params={"return": back})
        assert begun.status_code == 302, begun.text
        place = begun.headers["location"]
        async with httpx.AsyncClient(cookies={"test_user": self.name}) as provider:
            while not place.startswith("http://127.0.0.1/auth/callback"):
                answer = await provider.get(place)
                assert answer.is_redirect, answer.text
                place = str(httpx.URL(place).join(answer.headers["location"]))
        return place

    async def who(self) -> httpx.Response:
        return await self.http.get("/api/auth/whoami")

    async def post(self, path: str, *, csrf: bool = True, **more: object) -> httpx.Response:
        headers = {"X-CSRF-Token": self.http.cookies.get("hawk_csrf", "")} if csrf else {}
        return await self.http.post(path, headers=headers, **more)  # pyright: ignore[reportArgumentType]


@pytest.fixture
async def browser(settings: Settings, oidc: OidcProvider) -> AsyncIterator[Browser]:
    name = oidc.user(f"ada{secrets.token_hex(4)}", ["hawk", "red-models"])
    async with served_app(settings, backends={"local": Stage()}) as app:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
            yield Browser(http, name)


async def test_a_login_ends_at_the_page_that_it_began_at(browser: Browser) -> None:
    answer = await browser.log_in()
    assert (answer.status_code, answer.headers["location"]) == (302, "/jobs?x=1")
    for cookie in answer.headers.get_list("set-cookie"):
        name, _, rest = cookie.partition("=")
        assert "SameSite=lax" in rest
        assert ("HttpOnly" in rest) == (name != "hawk_csrf")
    told = (await browser.who()).json()
    assert (told["name"], told["subject"]) == (f"{browser.name}@example.com", browser.name)
    assert told["groups"] == ["hawk", "model-access-red"]


async def test_a_change_needs_what_only_hawks_pages_know(browser: Browser) -> None:
    await browser.log_in()
    refused = await browser.post("/api/jobs", csrf=False, json=SUBMISSION)
    assert (refused.status_code, refused.json()["title"]) == (403, "Not allowed")
    wrong = await browser.http.post("/api/jobs", json=SUBMISSION, headers={"X-CSRF-Token": "wrong"})
    assert wrong.status_code == 403
    assert (await browser.post("/api/jobs", json=SUBMISSION)).status_code == 201
    assert (await browser.post("/auth/logout", csrf=False)).status_code == 403
    assert (await browser.who()).status_code == 200


async def test_a_logout_ends_the_session_here_and_there(
    browser: Browser, settings: Settings, database_url: str
) -> None:
    await browser.log_in()
    before = dict(browser.http.cookies)
    assert (await browser.post("/auth/logout")).status_code == 204
    assert "hawk_session" not in browser.http.cookies
    browser.http.cookies.update(before)
    assert (await browser.who()).status_code == 401
    assert (await browser.post("/auth/refresh")).status_code == 401
    assert await rows(settings) == []


async def test_a_session_is_renewed_once_however_many_pages_ask(
    browser: Browser, oidc: OidcProvider, settings: Settings, database_url: str
) -> None:
    oidc.user(browser.name, ["hawk"], access_seconds=1)
    await browser.log_in()
    before = (await rows(settings))[0]
    oidc.user(browser.name, ["hawk", "hawk-admins"])
    answers = await asyncio.gather(*(browser.post("/auth/refresh") for _ in range(3)))
    assert [answer.status_code for answer in answers] == [204, 204, 204]
    after = (await rows(settings))[0]
    assert after["id"] == before["id"]
    assert after["refresh"] != before["refresh"]
    assert after["access_until"] > before["access_until"]
    assert (await browser.who()).json()["admin"] is True


async def test_a_session_that_was_not_renewed_in_time_says_so(
    browser: Browser, settings: Settings, database_url: str
) -> None:
    await browser.log_in()
    await change(settings, access_until=utc_now().replace(year=2020))
    answer = await browser.who()
    assert (answer.status_code, "renewed" in answer.json()["detail"]) == (401, True)
    assert (await browser.post("/auth/refresh")).status_code == 204
    assert (await browser.who()).status_code == 200
    await change(settings, expires_at=utc_now().replace(year=2020))
    assert (await browser.who()).status_code == 401
    db = await Database.open(settings.database_url)
    assert await prune_sessions(db) == 1
    await db.close()


class TestTrouble:
    """With a provider that fails."""

    @pytest.fixture
    def oidc(self, own_oidc: OidcProvider) -> OidcProvider:
        return own_oidc

    async def test_a_provider_that_ends_a_login_ends_the_session(
        self, browser: Browser, oidc: OidcProvider, settings: Settings
    ) -> None:
        await browser.log_in()
        oidc.trouble(
            "/token", {"status": 503, "body": {}}, {"status": 400, "body": {"error": "invalid_grant"}}
        )
        assert (await browser.post("/auth/refresh")).status_code == 503
        assert (await browser.who()).status_code == 200
        assert (await browser.post("/auth/refresh")).status_code == 401
        assert (await browser.who()).status_code == 401
        assert await rows(settings) == []


async def test_nothing_of_a_session_is_in_the_database_that_could_be_used(
    browser: Browser, settings: Settings
) -> None:
    await browser.log_in()
    (row,) = await rows(settings)
    secret = browser.http.cookies["hawk_session"]
    token = unseal(secret, row["refresh"])
    assert token
    assert unseal(secret + "x", row["refresh"]) is None
    told = " ".join(map(str, row.values()))
    assert secret not in told
    assert token not in told


async def test_a_login_that_another_browser_began_is_refused(browser: Browser) -> None:
    place = await browser.callback()
    browser.http.cookies.clear()
    assert (await browser.http.get(place)).status_code == 401
    assert (await browser.who()).status_code == 401


@pytest.mark.parametrize(
    "changes", [{"state": "x"}, {"state": None}, {"code": None}, {"code": "x"}, {"error": "access_denied"}]
)
async def test_a_callback_that_is_not_the_providers_is_refused(
    browser: Browser, changes: dict[str, str | None]
) -> None:
    place = urlsplit(await browser.callback())
    query = {name: value[0] for name, value in parse_qs(place.query).items()} | changes
    kept = {name: value for name, value in query.items() if value is not None}
    answer = await browser.http.get("/auth/callback", params=kept)
    assert (answer.status_code, answer.json()["type"]) == (401, "urn:hawk:InvalidToken")


async def test_a_code_is_good_once(browser: Browser) -> None:
    place = await browser.callback()
    kept = dict(browser.http.cookies)
    assert (await browser.http.get(place)).status_code == 302
    browser.http.cookies.clear()
    browser.http.cookies.update(kept)
    assert (await browser.http.get(place)).status_code == 401


async def test_over_tls_the_cookies_are_the_hosts_own(settings: Settings, oidc: OidcProvider) -> None:
    async with served_app(settings, backends={"local": Stage()}) as app:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="https://127.0.0.1") as http:
            begun = await http.get("/auth/login")
    cookie = begun.headers["set-cookie"]
    assert cookie.startswith("__Host-hawk_login=")
    assert "Secure" in cookie
    asked = parse_qs(urlsplit(begun.headers["location"]).query)
    assert asked["redirect_uri"] == ["https://127.0.0.1/auth/callback"]
    assert (asked["code_challenge_method"], asked["response_type"]) == (["S256"], ["code"])


@pytest.mark.parametrize("path", ["/", "/jobs", "/jobs/a?b=c&d=%2F%2Fe#f"])
def test_a_page_of_hawks_own_is_gone_back_to(path: str) -> None:
    assert own_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "evil",
        "",
        "/a\\b",
        "/a b",
        "/\t/evil.example",
        "/a\n",
        "/ü",
        "/" + "a" * 2000,
    ],
)
def test_no_login_ends_at_another_site(path: str) -> None:
    assert own_path(path) == "/"


@given(st.text(max_size=30))
def test_where_a_login_ends_is_always_a_page_of_hawks(path: str) -> None:
    split = urlsplit(own_path(path))
    assert (split.scheme, split.netloc) == ("", "")
    assert split.path.startswith("/")


@given(st.text(max_size=40))
def test_what_a_cookie_holds_is_a_login_or_nothing(text: str) -> None:
    found = read_attempt(text)
    assert found is None or own_path(found.back) == found.back
    attempt = new_attempt(text)
    assert read_attempt(written(attempt)) == attempt


@given(st.text(min_size=1, max_size=60), st.text(min_size=1, max_size=60))
def test_what_is_sealed_is_read_with_its_secret_alone(secret: str, text: str) -> None:
    secret, text = (one.encode("utf-8", "replace").decode() for one in (secret, text))
    sealed = seal(secret, text)
    assert unseal(secret, sealed) == text
    assert unseal(secret + "x", sealed) is None
    assert unseal(secret, sealed[:-2]) is None


async def rows(settings: Settings) -> list[dict[str, object]]:
    db = await Database.open(settings.database_url)
    async with db.read() as conn:
        found = [dict(row) for row in (await conn.execute(select(web_sessions))).mappings()]
    await db.close()
    return found


async def change(settings: Settings, **values: object) -> None:
    """Change the one session."""
    db = await Database.open(settings.database_url)
    async with db.write() as conn:
        await conn.execute(update(web_sessions).values(**values))
    await db.close()
