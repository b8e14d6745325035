"""Whether the database of this machine's settings can be worked with, and what is in it."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from hawk.cli.checks.check import Check, State
from hawk.cli.rendering.values import plural, size
from hawk.errors import HawkError
from hawk.settings import Settings

_MUCH = 50_000_000_000
"""Bytes of text up to which a search for what is everywhere ends within about a minute (search.md)."""


async def check_warehouse(settings: Settings) -> list[Check]:
    """Its schema and whether it answers, its text, its dead letters; nothing is made or upgraded."""
    if importlib.util.find_spec("sqlalchemy") is None:
        return [Check("warehouse", "warn", "not checked without the server part")]
    try:
        return _not_current(settings) or await _checked(settings)
    except HawkError as error:
        return [Check("warehouse", "fail", error.message, error.fix)]


def _not_current(settings: Settings) -> list[Check]:
    """What there is to say of a SQLite that isn't there, or that the next command upgrades."""
    from hawk.warehouse.address import address_of
    from hawk.warehouse.faults import database_faults
    from hawk.warehouse.schema import HEAD, refuse_newer, stored_revision

    address = address_of(settings.database_url)
    if address.path is None:
        return []
    with database_faults(address):
        stored = stored_revision(Path(address.path))
    refuse_newer(address.text, stored)
    if stored is None:
        return [Check("warehouse", "ok", f"none yet; the first command makes {address.text}")]
    if stored != HEAD:
        found = f"{address.text} is at schema {stored}; the next command brings it to {HEAD}"
        return [Check("warehouse", "ok", found)]
    return []


async def _checked(settings: Settings) -> list[Check]:
    from hawk.recovery.health import health
    from hawk.warehouse.engine import Database
    from hawk.warehouse.schema import HEAD

    db = await Database.open(settings.database_url)
    try:
        found = await health(db)
    finally:
        await db.close()
    about = f"{db.url}, schema {HEAD}, {plural(found.logs, 'log')}"
    return [Check("warehouse", "ok", about), _text(found.text_bytes), _dead_letters(found.dead_letters)]


def _text(count: int) -> Check:
    state: State = "warn" if count > _MUCH else "ok"
    fix = "Searches take minutes: narrow them with --eval-set, --task, --model or --since."
    return Check("text", state, f"{size(count)} of transcripts", None if state == "ok" else fix)


def _dead_letters(count: int) -> Check:
    if not count:
        return Check("unread logs", "ok", "none")
    fix = "`hawk db check` names them and says what is wrong with each."
    return Check("unread logs", "warn", f"{plural(count, 'log')} can't be read, or not all of them", fix)
