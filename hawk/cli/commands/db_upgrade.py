"""``hawk db upgrade``."""

from __future__ import annotations

from hawk.cli.options import Json
from hawk.cli.output import say, show, show_json
from hawk.cli.session import current_settings
from hawk.client.connect import server_part


def db_upgrade(*, json: Json = False) -> None:
    """Bring the database of this machine's settings (HAWK_DATABASE_URL) to the schema of this Hawk."""
    settings = current_settings()
    with server_part():
        from hawk.warehouse.upgrade import upgrade_database
    done = upgrade_database(settings.database_url, lambda: say("Another upgrade is at it; waiting."))
    if json:
        show_json(done)
        return
    if done.before == done.after:
        show(f"Database {done.database} is at schema {done.after} already.")
        return
    was = f"was at schema {done.before}" if done.before else "was empty"
    show(f"Database {done.database} {was}; it is at schema {done.after} now.")
    if done.backup:
        say(f"A copy of it as it was: {done.backup}")
