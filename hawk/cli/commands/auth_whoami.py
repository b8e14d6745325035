"""``hawk auth whoami``."""

from __future__ import annotations

from hawk.cli.commands.login import ToServer
from hawk.cli.options import Json
from hawk.cli.output import show, show_json
from hawk.cli.servers import server_named
from hawk.cli.session import current_settings, open_session


async def whoami(*, server: ToServer = None, json: Json = False) -> None:
    """Say whom the server takes you for."""
    url = server_named(current_settings(), server)
    async with open_session(url) as session:
        me = await session.client.whoami()
    if json:
        show_json(me)
        return
    show(f"{me.name}{' (admin)' if me.admin else ''} on {url}")
    if me.groups:
        show(f"groups: {', '.join(me.groups)}")
