"""Logins of a test's own, and what its server takes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from hawk.client.login.record import Login
from hawk.client.login.store import Logins
from tests.servers.loopback import listening
from tests.servers.oidc.provider import OidcProvider


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "config" / "logins"


@pytest.fixture
def logins(folder: Path) -> Logins:
    return Logins(folder)


def logged_in(oidc: OidcProvider, name: str, server: str, *, ends_in: float, lifetime: float = 3600) -> Login:
    """A login of a user that was made, whose access token is taken to end in so many seconds."""
    tokens = oidc.tokens(name)
    return Login(
        server=server,
        issuer=oidc.issuer,
        client_id=oidc.client_id,
        token_endpoint=f"{oidc.issuer}/token",
        revocation_endpoint=f"{oidc.issuer}/token/revocation",
        access_token=tokens.access_token,
        refresh_token=tokens.refresh_token,
        expires_at=time.time() + ends_in,
        lifetime=lifetime,
    )


class Picky:
    """A server that notes the tokens it is sent, and refuses some."""

    def __init__(self) -> None:
        self.url = ""
        self.seen: list[str | None] = []
        self.refused: set[str] = set()
        self.headers: dict[str, str] = {}


@pytest.fixture
def picky() -> Iterator[Picky]:
    made = Picky()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            sent = self.headers.get("Authorization")
            made.seen.append(sent)
            fine = sent is not None and sent.removeprefix("Bearer ") not in made.refused
            self.send_response_only(200 if fine else 401)
            for name, value in made.headers.items():
                self.send_header(name, value)
            body = b'{"items": [], "next": null}'
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = answer  # noqa: N815  (names that are looked for)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the name that it has)
            """Nothing."""

    with listening(Handler) as (_, made.url):
        yield made
