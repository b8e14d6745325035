"""Where to log in: what a server tells, what the settings say, and what a provider answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

import msgspec
import pytest

from hawk.client.login.place import LoginPlace, discover, login_place, provider_http
from hawk.errors import Unavailable, UsageFault
from hawk.settings import LoginSettings
from tests.servers.loopback import listening
from tests.servers.oidc.provider import OidcProvider


@contextmanager
def answering(pages: dict[str, Any]) -> Iterator[str]:
    """A server with a few pages: structures as JSON, texts as they are, nothing else."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = pages.get(self.path)
            body = page.encode() if isinstance(page, str) else msgspec.json.encode(page)
            self.send_response(404 if page is None else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the name that it has)
            """Nothing."""

    with listening(Handler) as (_, url):
        yield url


TOLD = {"issuer": "https://login.example.com", "client_id": "cli", "audience": "hawk", "scopes": "openid"}


async def test_a_server_tells_where() -> None:
    with answering({"/api/auth/config": TOLD}) as url:
        place = await login_place(url, LoginSettings())
    assert place == LoginPlace("https://login.example.com", "cli", "hawk", "openid")


async def test_settings_win_one_by_one() -> None:
    said = LoginSettings(audience="other", scopes="openid email")
    with answering({"/api/auth/config": TOLD}) as url:
        place = await login_place(f"{url}/", said)
    assert place == LoginPlace("https://login.example.com", "cli", "other", "openid email")


async def test_settings_alone_will_do() -> None:
    said = LoginSettings(issuer="https://login.example.com", client_id="cli")
    place = await login_place("https://hawk.invalid", said)
    assert place == LoginPlace("https://login.example.com", "cli", "", "openid profile email offline_access")


@pytest.mark.parametrize("page", [{"issuer": None}, None])
async def test_a_server_without_logins(page: Any) -> None:
    with answering({"/api/auth/config": page}) as url:
        assert await login_place(url, LoginSettings()) is None


async def test_a_client_that_nobody_names_is_asked_for() -> None:
    nameless = {**TOLD, "client_id": None}
    with answering({"/api/auth/config": nameless}) as url, pytest.raises(UsageFault, match="CLIENT_ID"):
        await login_place(url, LoginSettings())


async def test_a_page_of_something_else_is_told() -> None:
    with answering({"/api/auth/config": "<html>"}) as url, pytest.raises(Unavailable, match="HAWK_API_URL"):
        await login_place(url, LoginSettings())


async def test_nothing_is_asked_where_others_could_answer() -> None:
    with pytest.raises(UsageFault, match="https://"):
        await login_place("http://hawk.example.com", LoginSettings())
    async with provider_http() as http:
        with pytest.raises(UsageFault, match="https://"):
            await discover(http, "http://login.example.com", LoginSettings())


async def test_a_provider_tells_its_endpoints_and_paths_replace_them(oidc: OidcProvider) -> None:
    said = LoginSettings(token_path="/v1/token", device_code_path="v1/device", jwks_path="v1/keys")
    async with provider_http() as http:
        told = await discover(http, oidc.issuer, LoginSettings())
        replaced = await discover(http, f"{oidc.issuer}/", said)
    assert told.device_authorization_endpoint == f"{oidc.issuer}/device/auth"
    assert replaced.token_endpoint == f"{oidc.issuer}/v1/token"
    assert replaced.device_authorization_endpoint == f"{oidc.issuer}/v1/device"
    assert replaced.jwks_uri == f"{oidc.issuer}/v1/keys"
    assert replaced.revocation_endpoint == told.revocation_endpoint


async def test_a_provider_without_a_document_has_the_paths_that_are_said() -> None:
    said = LoginSettings(token_path="v1/token", device_code_path="v1/device")
    with answering({}) as issuer:
        async with provider_http() as http:
            found = await discover(http, issuer, said)
            with pytest.raises(Unavailable, match="404"):
                await discover(http, issuer, LoginSettings())
    assert found.token_endpoint == f"{issuer}/v1/token"


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ({"issuer": "https://evil.example.com", "token_endpoint": "https://evil.example.com/t"}, Unavailable),
        ({"token_endpoint": 5}, Unavailable),
        ("<html>", Unavailable),
    ],
)
async def test_a_document_of_somebody_else_is_refused(document: Any, fault: type[Exception]) -> None:
    with answering({"/.well-known/openid-configuration": document}) as issuer:
        async with provider_http() as http:
            with pytest.raises(fault):
                await discover(http, issuer, LoginSettings())


async def test_an_endpoint_that_others_could_read_is_refused() -> None:
    document = {"token_endpoint": "http://login.example.com/token"}
    with answering({"/.well-known/openid-configuration": document}) as issuer:
        document["issuer"] = issuer
        async with provider_http() as http:
            with pytest.raises(UsageFault, match="https://"):
                await discover(http, issuer, LoginSettings())
