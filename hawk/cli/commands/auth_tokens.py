"""``hawk auth access-token`` and ``hawk auth refresh-token``: for scripts, the token alone on stdout."""

from __future__ import annotations

import os

from hawk.cli.belonging import check_belonging
from hawk.cli.commands.login import ToServer
from hawk.cli.output import show
from hawk.cli.servers import server_named
from hawk.cli.session import current_settings
from hawk.client.login.source import Person, credentials_for
from hawk.client.login.store import logins_of
from hawk.errors import NotLoggedIn


async def access_token(*, server: ToServer = None) -> None:
    """Print an access token that is good now."""
    settings = current_settings()
    url = server_named(settings, server)
    check_belonging(settings, url)
    headers = await credentials_for(settings, url, os.environ).headers()
    if not headers:
        raise NotLoggedIn(f"You are not logged in to {url}.", fix="Log in with: hawk login")
    show(headers["Authorization"].removeprefix("Bearer "))


def refresh_token(*, server: ToServer = None) -> None:
    """Print the refresh token as it is kept. It is used up by the next refresh."""
    settings = current_settings()
    url = server_named(settings, server)
    kept = Person(logins_of(settings), url, settings.login).kept()
    if kept is None or kept.refresh_token is None:
        raise NotLoggedIn(f"There is no refresh token for {url}.", fix="Log in with: hawk login")
    show(kept.refresh_token)
