"""What a caller may see and use, worked out once a request from the map of models that is in force."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.auth.caller import Caller
from hawk.auth.groups import normal_groups
from hawk.auth.model_map import ModelMap
from hawk.auth.model_maps import ModelMaps
from hawk.errors import Forbidden
from hawk.warehouse.model_sets import named
from hawk.warehouse.tables.access import model_sets

_SHOWN = 10


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """What one caller may see. Every query filters by it: see :mod:`hawk.auth.visibility`.

    ``name`` is whom they own things as. ``everything``: no filter at all. ``sets`` are the model sets of
    which the caller has every model; ``partial`` those in which the map doesn't know some and the caller
    has all the others. Of logs that they took in themselves they may see these, too. ``map`` is None where
    no model is anybody's alone.
    """

    name: str
    everything: bool = False
    sets: tuple[int, ...] = ()
    partial: tuple[int, ...] = ()
    groups: frozenset[str] = frozenset()
    map: ModelMap | None = None

    def may_use(self, model: str) -> bool:
        """Whether the caller has every group that a model needs."""
        if self.everything or self.map is None:
            return self.everything
        needed = self.map.groups_of(model)
        return needed is not None and needed <= self.groups

    def require_models(self, models: Iterable[str]) -> None:
        """Raises Forbidden, with their names, where the caller may not use some of these."""
        refused = [model for model in named(models) if not self.may_use(model)]
        if refused:
            more = f" and {len(refused) - _SHOWN} more" if len(refused) > _SHOWN else ""
            raise Forbidden(
                f"You may not use {', '.join(refused[:_SHOWN])}{more}.",
                fix="`hawk models` shows those that you may; an admin gives access to others.",
            )


class Accesses:
    """Works out what callers may see. Without ``maps`` every user may see and use everything."""

    def __init__(self, maps: ModelMaps | None) -> None:
        self.maps = maps
        self._sets: list[tuple[int, tuple[str, ...]]] = []
        self._known: dict[tuple[frozenset[str], str], tuple[int, Access]] = {}

    async def of(self, conn: AsyncConnection, caller: Caller) -> Access:
        """What a caller may see at this moment."""
        known = self.of_any_model(caller)
        if known is not None or self.maps is None:
            return known or Access(name=caller.owner)
        found = await self.maps.current()
        await self._bring_up(conn)
        access = self._of_groups(normal_groups(caller.groups), found)
        return msgspec.structs.replace(access, name=caller.owner)

    def of_any_model(self, caller: Caller) -> Access | None:
        """What a caller may see whatever the models are; None where it hangs on them.

        The token of a job is no user: it sees nothing.
        """
        if caller.job is not None:
            return Access(name=caller.owner)
        if caller.admin or self.maps is None:
            return Access(name=caller.owner, everything=True)
        return None

    async def known_models(self, conn: AsyncConnection) -> set[str]:
        """Every model that a log or a job has."""
        await self._bring_up(conn)
        return {model for _, models in self._sets for model in models}

    async def _bring_up(self, conn: AsyncConnection) -> None:
        """Sets never change, so that only new ones are read. They are not always seen in their order."""
        number = (await conn.execute(select(func.count()).select_from(model_sets))).scalar_one()
        if number != len(self._sets):
            rows = await conn.execute(select(model_sets.c.id, model_sets.c.models))
            self._sets = [(row.id, tuple(row.models)) for row in rows]

    def _of_groups(self, groups: frozenset[str], found: ModelMap) -> Access:
        """The same for all callers of the same groups, until the map or the sets are others."""
        place, number = (groups, found.version), len(self._sets)
        known = self._known.get(place)
        if known is None or known[0] != number:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            known = self._known[place] = (number, _access(groups, found, self._sets))
        return known[1]


def _access(groups: frozenset[str], found: ModelMap, sets: Iterable[tuple[int, tuple[str, ...]]]) -> Access:
    whole: list[int] = []
    partial: list[int] = []
    for set_id, models in sets:
        needed = [found.groups_of(model) for model in models]
        if all(one is None or one <= groups for one in needed):
            (partial if None in needed else whole).append(set_id)
    return Access(name="", sets=tuple(whole), partial=tuple(partial), groups=groups, map=found)


_MOST_KNOWN = 1_000
