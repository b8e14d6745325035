"""``hawk models``."""

from __future__ import annotations

from hawk.auth.model_types import UsableModel, UsableModels
from hawk.cli.options import Json, Server
from hawk.cli.output import say, show, show_json
from hawk.cli.rendering.table import Column, table
from hawk.cli.session import open_session

_COLUMNS = (Column("MODEL", elastic=True), Column("NEEDS"))


async def models(*, server: Server = None, json: Json = False) -> None:
    """List the models that you may use, and the groups that each needs. Admins see all there are."""
    async with open_session(server) as session:
        found = await session.client.models()
        if json:
            show_json(found)
            return
        if found.items:
            show("\n".join(table(_COLUMNS, [(one.name, _needs(one, found)) for one in found.items])))
        say(_told(found, session.where))


def _needs(one: UsableModel, found: UsableModels) -> str:
    if not found.mapped:
        return "-"
    if one.groups is None:
        return "an admin (the map doesn't know it)"
    return ", ".join(one.groups) or "-"


def _told(found: UsableModels, where: str) -> str:
    if not found.mapped:
        seen = "these are those that logs and jobs name" if found.items else "no log or job names one yet"
        return f"Nobody is kept from any model {where}; {seen}."
    if found.error is not None:
        since = f" since {found.read_at:%Y-%m-%d %H:%M:%S} UTC" if found.read_at else ""
        return f"warning: the map can't be had{since}: {found.error}"
    if not found.items:
        return f"There is no model {where} that you may use; an admin gives access."
    return f"By the map of models {where}."
