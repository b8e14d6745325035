"""``hawk logout``."""

from __future__ import annotations

from hawk.cli.commands.login import ToServer
from hawk.cli.output import say
from hawk.cli.servers import server_named
from hawk.cli.session import current_settings
from hawk.client.login.interactive import log_out
from hawk.client.login.record import origin_of
from hawk.client.login.store import logins_of


async def logout(*, server: ToServer = None) -> None:
    """Forget the login to a server, here and where you logged in."""
    settings = current_settings()
    url = server_named(settings, server)
    untold = await log_out(logins_of(settings), origin_of(url))
    say(f"Logged out of {url}.")
    for login in untold:
        say(f"warning: {login.issuer} could not be told; copies of the tokens are good until they expire.")
