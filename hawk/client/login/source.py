"""Which credentials a command has for a server."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from hawk.auth.own_token import token_for
from hawk.client.credentials import Bearer, CredentialSource, Nobody
from hawk.client.login.place import discover, login_place, provider_http
from hawk.client.login.record import Login, origin_of
from hawk.client.login.refreshing import fresh, is_fine
from hawk.client.login.robot import robot_login
from hawk.client.login.store import Logins, logins_of
from hawk.errors import Unavailable, UsageFault
from hawk.settings import LoginSettings, Settings

TOKEN = "HAWK_ACCESS_TOKEN"  # noqa: S105  (its name)
ROBOT = "HAWK_CLIENT_ID"
ROBOT_SECRET = "HAWK_CLIENT_SECRET"  # noqa: S105  (its name)


def credentials_for(settings: Settings, url: str, environ: Mapping[str, str]) -> CredentialSource:
    """Those of the environment (a token, or a client and its secret), else the login that is kept.

    A server of this user's own on this machine has no logins, and leaves its token in Hawk's home.
    """
    if token := environ.get(TOKEN, "").strip():
        return Bearer(_checked(token))
    own = token_for(settings.home, url)
    if settings.login.issuer == "":
        return Nobody() if own is None else Bearer(own)
    logins = logins_of(settings)
    robot, secret = environ.get(ROBOT), environ.get(ROBOT_SECRET)
    if robot and secret:
        return Robot(logins, url, settings.login, robot, secret)
    person = Person(logins, url, settings.login)
    return person if own is None or person.kept() is not None else Bearer(own)


class Person:
    """The login that a user made with ``hawk login``."""

    def __init__(self, logins: Logins, url: str, said: LoginSettings) -> None:
        self._logins = logins
        self._server = origin_of(url)
        self._said = said
        self._login: Login | None = None

    def kept(self) -> Login | None:
        """The login as it was kept last. Raises NotLoggedIn where it can't be trusted."""
        return self._logins.find(self._server, self._is_wanted)

    async def headers(self) -> Mapping[str, str]:
        """The access token, good for a while yet; nothing where nobody logged in."""
        login = self._login or self.kept()
        if login is None:
            return {}
        self._login = await fresh(self._logins, login)
        return _bearer(self._login)

    async def renew(self, refused: Mapping[str, str]) -> bool:
        """A refresh, or what another command got by one."""
        if self._login is None or self._login.refresh_token is None:
            return False
        self._login = await fresh(self._logins, self._login, refused=_token_in(refused))
        return True

    def _is_wanted(self, login: Login) -> bool:
        said = self._said
        return (
            not login.robot and (said.issuer or login.issuer, said.client_id or login.client_id) == login.key
        )


class Robot:
    """A client with a secret of its own. Its token is kept too, so that not every command asks for one."""

    def __init__(self, logins: Logins, url: str, said: LoginSettings, client_id: str, secret: str) -> None:
        self._logins = logins
        self._url = url
        self._server = origin_of(url)
        self._said = said
        self._client_id = client_id
        self._secret = secret
        self._login: Login | None = None

    async def headers(self) -> Mapping[str, str]:
        """The access token, good for a while yet."""
        login = self._login or self._kept()
        self._login = login if login is not None and is_fine(login) else await self._log_in()
        return _bearer(self._login)

    async def renew(self, refused: Mapping[str, str]) -> bool:
        """A new login."""
        del refused
        self._login = await self._log_in()
        return True

    def _kept(self) -> Login | None:
        return self._logins.find(self._server, self._is_wanted)

    def _is_wanted(self, login: Login) -> bool:
        return login.robot and (self._said.issuer or login.issuer, self._client_id) == login.key

    async def _log_in(self) -> Login:
        said = msgspec.structs.replace(self._said, client_id=self._client_id)
        place = await login_place(self._url, said)
        if place is None:
            raise UsageFault(f"{self._url} has no login.", fix=f"Unset {ROBOT} and {ROBOT_SECRET}.")
        async with provider_http() as http:
            endpoints = await discover(http, place.issuer, said)
            login = await robot_login(http, self._server, endpoints, place, self._secret)
        await self._keep(login)
        return login

    async def _keep(self, login: Login) -> None:
        try:
            async with self._logins.locked(login.server):
                self._logins.put(login)
        except (OSError, Unavailable):
            return  # Without a place to keep it the next command asks again.


def _checked(token: str) -> str:
    """A token that can be sent. Raises UsageFault."""
    if token.isascii() and token.isprintable() and " " not in token:
        return token
    raise UsageFault(f"What {TOKEN} has is no token.", fix="Set it to the token alone, without line breaks.")


def _bearer(login: Login) -> dict[str, str]:
    return {"Authorization": f"Bearer {login.access_token}"}


def _token_in(headers: Mapping[str, str]) -> str:
    return headers.get("Authorization", "").removeprefix("Bearer ")
