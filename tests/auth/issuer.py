"""A login provider whose keys a test holds: it serves a discovery document and keys, well or badly."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from tests.servers.loopback import listening

AUDIENCE = "https://api.hawk.test"
Key = RSAKey | ECKey | OKPKey | OctKey


class Issuer:
    """``url`` is its name; ``asked`` counts how often each path was; ``down`` makes it answer 503."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: dict[str, int] = {}
        self.down = False
        self.keys: dict[str, Key] = {}
        self.served: Any = None
        self.add_key("first")

    def add_key(self, kid: str, key: Key | None = None) -> Key:
        made = key or RSAKey.generate_key(2048, {"kid": kid, "use": "sig"}, private=True)
        self.keys[kid] = made
        return made

    def token(
        self, *, kid: str | None = "first", key: Key | None = None, alg: str = "RS256", **claims: Any
    ) -> str:
        """A token that is good but for what a test says; a claim of None is left out."""
        header = {"alg": alg, **({"kid": kid} if kid is not None else {})}
        said = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "u-1",
            "iat": int(time.time()),
            "exp": int(time.time()) + 600,
            **claims,
        }
        told = {name: value for name, value in said.items() if value is not None}
        signing = key or self.keys[kid or "first"]
        return jwt.encode(header, told, signing, algorithms=[alg])

    def document(self, path: str) -> Any:
        if path == "/.well-known/openid-configuration":
            return {
                "issuer": self.url,
                "jwks_uri": f"{self.url}/keys",
                "token_endpoint": f"{self.url}/token",
                "authorization_endpoint": f"{self.url}/authorize",
            }
        if path == "/keys":
            return self.served or {"keys": [one.as_dict(private=False) for one in self.keys.values()]}
        return None


@contextmanager
def issuing() -> Iterator[Issuer]:
    """A provider on loopback."""
    with listening(_Handler) as (server, url):
        issuer = Issuer()
        issuer.url = url
        server.issuer = issuer  # pyright: ignore[reportAttributeAccessIssue]
        yield issuer


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        issuer: Issuer = self.server.issuer  # pyright: ignore[reportAttributeAccessIssue]
        issuer.asked[self.path] = issuer.asked.get(self.path, 0) + 1
        found = None if issuer.down else issuer.document(self.path)
        body = json.dumps(found).encode()
        self.send_response(503 if issuer.down else 404 if found is None else 200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the name that it has)
        """Nothing: tests have enough to say."""
