"""Who may ask, made from the settings: this machine's user, or whom the login provider knows."""

from __future__ import annotations

import getpass
import os
from typing import TYPE_CHECKING

from hawk.auth.authenticator import Authenticator, LoggedIn, OneUser
from hawk.server.logins import has_logins
from hawk.settings import Settings
from hawk.warehouse.engine import Database

if TYPE_CHECKING:
    from hawk.auth.oidc.authenticator import Users
    from hawk.auth.oidc.provider import Provider
    from hawk.auth.web.sessions import Sessions


class Login:
    """How callers are told. ``provider`` and ``sessions`` are None where nobody logs in."""

    def __init__(
        self,
        authenticator: Authenticator,
        provider: Provider | None = None,
        users: Users | None = None,
        sessions: Sessions | None = None,
    ) -> None:
        self.authenticator = authenticator
        self.provider = provider
        self.users = users
        self.sessions = sessions

    async def close(self) -> None:
        """Give back what was opened."""
        if self.users is not None:
            await self.users.close()
        if self.provider is not None:
            await self.provider.close()


def open_login(settings: Settings, db: Database, given: Authenticator | None, *, embedded: bool) -> Login:
    """The callers of a server, or the one of an embedded app. Raises InvalidConfig for a bad [auth]."""
    if given is not None or embedded or not has_logins(settings):
        return Login(given or OneUser(this_user()))
    # The libraries of signatures take their time to load, which a command need not wait for.
    from hawk.auth.oidc.authenticator import Users
    from hawk.auth.oidc.provider import Provider
    from hawk.auth.web.sessions import Sessions

    provider = Provider(settings.auth)
    users = Users(provider)
    sessions = Sessions(db, provider, users)
    return Login(LoggedIn(users, sessions), provider, users, sessions)


def this_user() -> str:
    """Who runs this process."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid{os.getuid()}"
