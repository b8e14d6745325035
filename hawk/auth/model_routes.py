"""The API of models: which there are for the caller."""

from __future__ import annotations

from litestar import Router, get
from litestar.di import NamedDependency
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.auth.access import Access, Accesses
from hawk.auth.caller import Caller
from hawk.auth.model_maps import ModelMaps
from hawk.auth.model_types import UsableModel, UsableModels
from hawk.auth.permission import Permission, needs
from hawk.warehouse.engine import Database


@get("/models", summary="Models that the caller may use", opt=needs(Permission.LOGIN))
async def show_models(
    db: NamedDependency[Database],
    accesses: NamedDependency[Accesses],
    access: NamedDependency[Access],
    caller: NamedDependency[Caller],
) -> UsableModels:
    """Of the map, with their groups. An admin is also told of those that only logs and jobs name."""
    maps = accesses.maps
    async with db.read() as conn:
        if maps is None:
            return UsableModels(items=await _seen(conn, accesses), mapped=False)
        if not caller.admin:
            return UsableModels(items=await _of_map(maps, access), mapped=True)
        unknown = await _unknown(conn, accesses, maps)
    status = maps.status
    return UsableModels(
        items=tuple(sorted((*await _of_map(maps, access), *unknown), key=lambda one: one.name)),
        mapped=True,
        source=status.source,
        read_at=status.read_at,
        error=status.error,
    )


async def _seen(conn: AsyncConnection, accesses: Accesses) -> tuple[UsableModel, ...]:
    return tuple(UsableModel(name) for name in sorted(await accesses.known_models(conn)))


async def _of_map(maps: ModelMaps, access: Access) -> tuple[UsableModel, ...]:
    found = (await maps.current()).models()
    usable = [UsableModel(name, tuple(sorted(groups))) for name, groups in found if access.may_use(name)]
    return tuple(sorted(usable, key=lambda one: one.name))


async def _unknown(conn: AsyncConnection, accesses: Accesses, maps: ModelMaps) -> list[UsableModel]:
    known = await maps.current()
    seen = await accesses.known_models(conn)
    return [UsableModel(name, None) for name in seen if known.groups_of(name) is None]


models_router = Router(path="/api", route_handlers=[show_models])
