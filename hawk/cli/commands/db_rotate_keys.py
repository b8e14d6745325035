"""``hawk db rotate-keys``."""

from __future__ import annotations

import asyncio

from hawk.cli.options import Json
from hawk.cli.output import say, show, show_json
from hawk.cli.session import current_settings
from hawk.client.connect import server_part


def db_rotate_keys(*, json: Json = False) -> None:
    """Sign the tokens of jobs with a new key from now on.

    Jobs that run go on: the key before is kept until they have ended.
    """
    settings = current_settings()
    with server_part():
        from hawk.auth.signing_keys import FRESH, rotate
        from hawk.warehouse.engine import Database

    async def work() -> str:
        db = await Database.open(settings.database_url)
        try:
            return await rotate(db)
        finally:
            await db.close()

    key = asyncio.run(work())
    if json:
        show_json({"key": key})
        return
    show(f"Tokens are signed with key {key} from now on.")
    say(f"Servers that run take it up within {FRESH:.0f} s.")
