"""A certified OIDC provider (npm's ``oidc-provider``) in a process of its own, and what tests ask of it."""

from __future__ import annotations

import html
import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec

HERE = Path(__file__).parent
MODULES = HERE / "node_modules" / "oidc-provider"
_HIDDEN = re.compile(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"')


class Tokens(msgspec.Struct, frozen=True):
    """What a login gives."""

    access_token: str
    refresh_token: str


class OidcProvider(msgspec.Struct, frozen=True):
    """A running provider. Users are what tests say they are; names are shared by all tests of a run.

    ``hawk-cli`` is the public client of people (device flow; PKCE with a loopback redirect to ``/callback``
    or ``/auth/callback``, at any port), ``hawk-cli-brief`` the same with device codes of two seconds,
    ``hawk-robot`` the client with a secret.
    """

    issuer: str
    audience: str = "https://api.hawk.test"
    client_id: str = "hawk-cli"
    scopes: str = "openid profile email offline_access hawk"
    robot_id: str = "hawk-robot"
    robot_secret: str = "the-secret-of-a-robot"

    @property
    def environment(self) -> dict[str, str]:
        """What a client needs that no server tells where to log in."""
        values = {
            "ISSUER": self.issuer,
            "AUDIENCE": self.audience,
            "CLIENT_ID": self.client_id,
            "SCOPES": self.scopes,
        }
        return {f"HAWK_MODEL_ACCESS_TOKEN_{name}": value for name, value in values.items()}

    def user(
        self,
        name: str,
        groups: Sequence[str] = (),
        *,
        email: str | None = None,
        access_seconds: int = 3600,
        refresh_seconds: int = 86_400,
        claims: Mapping[str, Any] | None = None,
    ) -> str:
        """Make a user (or change one), and how long their tokens live. Returns the name, the token's ``sub``."""
        self._ask(
            "users",
            name=name,
            groups=list(groups),
            email=f"{name}@example.com" if email is None else email,
            access_seconds=access_seconds,
            refresh_seconds=refresh_seconds,
            claims=dict(claims or {}),
        )
        return name

    def tokens(self, name: str, *, client_id: str = "hawk-cli") -> Tokens:
        """A login of a user that was made, without a browser."""
        return msgspec.convert(self._ask("tokens", user=name, client_id=client_id), Tokens)

    def token(self, name: str, groups: Sequence[str] = (), **more: Any) -> str:
        """Make a user and log in. Returns the access token."""
        return self.tokens(self.user(name, groups, **more)).access_token

    def sign(self, claims: Mapping[str, Any], **header: Any) -> str:
        """A token of any claims, well signed; ``header`` replaces parts of the header (not the algorithm)."""
        return self._ask("sign", claims=dict(claims), header=header)["token"]

    def rotate_keys(self, *, keep: bool = True) -> None:
        """Sign with a new key. Unless ``keep``, the old ones are gone (then use a provider of your own)."""
        self._ask("keys", keep=keep)

    def trouble(self, path: str, *answers: Mapping[str, Any]) -> None:
        """What comes instead of the next answers at a path (use a provider of your own).

        Of each: ``status`` and ``body``, or ``cut`` (the line is cut); ``seconds`` to wait before,
        ``after`` if the provider shall do its work unseen; ``fine`` for a right answer.
        """
        self._ask("trouble", path=path, answers=[dict(one) for one in answers])

    def trouble_left(self, path: str) -> int:
        """How many of them are still to come."""
        return self._ask("left", path=path)["left"]

    def browser(self, name: str) -> httpx.Client:
        """A browser that a user sits in front of: it follows redirects, and a login asks nothing."""
        return httpx.Client(follow_redirects=True, cookies={"test_user": name}, timeout=30)

    def approve(self, user_code: str, name: str) -> None:
        """Log a device in as a user, as a person would with a browser."""
        assert self._verify(user_code, name, confirm="yes") == "approved"

    def deny(self, user_code: str, name: str) -> None:
        """Refuse a device."""
        self._verify(user_code, name, abort="yes")

    def _verify(self, user_code: str, name: str, **decision: str) -> str:
        with self.browser(name) as browser:
            page = browser.get(f"{self.issuer}/device", params={"user_code": user_code})
            form = {field: html.unescape(value) for field, value in _HIDDEN.findall(page.text)}
            return browser.post(f"{self.issuer}/device", data={**form, **decision}).text

    def _ask(self, what: str, **body: Any) -> Any:
        answer = httpx.post(f"{self.issuer}/test/{what}", json=body, timeout=30)
        assert answer.is_success, answer.text
        return answer.json()


@contextmanager
def oidc_server(*, poll_seconds: float = 1, port: int = 0) -> Iterator[OidcProvider]:
    """A provider without users. It ends with this process, whatever that dies of."""
    assert MODULES.is_dir(), "The provider isn't installed: make .venv/.oidc"
    environ = {**os.environ, "OIDC_POLL_SECONDS": str(poll_seconds), "OIDC_PORT": str(port)}
    process = subprocess.Popen(
        ["node", "server.mjs"], cwd=HERE, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        told = _port(process.stdout)
        yield OidcProvider(f"http://127.0.0.1:{told}")
    finally:
        process.kill()
        process.wait()


def _port(lines: Any) -> str:
    """The line that is a number: the provider's library says things of its own."""
    for line in lines:
        if line.strip().isdigit():
            return line.strip().decode()
    raise AssertionError("The OIDC provider did not start.")
