"""Stands before every route: tells who asks, and refuses who may not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from litestar.routes import BaseRoute

from hawk.auth.access import Access
from hawk.auth.caller import Caller
from hawk.auth.csrf import check_csrf
from hawk.auth.permission import Permission, permission_of
from hawk.errors import Forbidden, NotLoggedIn, ServerFault
from hawk.server.services import Services
from hawk.server.things import names_a_thing

Connection = ASGIConnection[Any, Any, Any, Any]

_SAFE = {"GET", "HEAD", "OPTIONS"}
_OF_A_THING = {Permission.VIEW, Permission.CHANGE, Permission.RUNNER}


class Guard:
    """Refuses a request whose caller is not what its route declares."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def __call__(self, connection: Connection, handler: BaseRouteHandler) -> None:
        """Note the caller for the route. Raises NotLoggedIn, Forbidden, or NotFound for what is hidden."""
        if _method(connection) == "OPTIONS":
            return  # The framework's own answer: which methods a path has.
        wanted = permission_of(handler.opt)
        if wanted is None:
            raise ServerFault(f"{handler} declares no permission.")
        if wanted is Permission.PUBLIC:
            return
        caller = await self._services.authenticator.caller(connection.headers)
        if caller is None:
            raise NotLoggedIn("You are not logged in.", fix="Log in with: hawk login")
        connection.scope["user"] = caller
        _check_csrf(caller, connection)
        await self._check(caller, wanted, connection.path_params)

    async def _check(self, caller: Caller, wanted: Permission, params: dict[str, Any]) -> None:
        if wanted is Permission.RUNNER or caller.job is not None:
            _check_job(caller, wanted, params)
        elif wanted is Permission.ADMIN and not caller.admin:
            raise Forbidden("Only an admin may do this.")
        elif wanted is Permission.VIEW:
            await self._services.things.check_view(caller, params)
        elif wanted is Permission.CHANGE:
            await self._services.things.check_change(caller, params)


def check_routes(routes: Iterable[BaseRoute]) -> None:
    """Raise ServerFault for a route that the guard could not guard: nothing is served then."""
    for path, handler in handlers_of(routes):
        wanted = permission_of(handler.opt)
        if wanted is None:
            raise ServerFault(f"{path} declares no permission ({handler}).")
        if wanted in _OF_A_THING and not names_a_thing(_params_of(path)):
            raise ServerFault(f"{path} is for {wanted}, and names nothing that this could be asked of.")


def handlers_of(routes: Iterable[BaseRoute]) -> Iterator[tuple[str, BaseRouteHandler]]:
    """Every handler of an app, with its path; without those that the framework adds for OPTIONS."""
    for route in routes:
        single = getattr(route, "route_handler", None)
        for handler in getattr(route, "route_handlers", None) or ([single] if single else []):
            if getattr(handler, "http_methods", None) != {"OPTIONS"}:
                yield route.path, handler


async def caller_of(request: Request[Any, Any, Any]) -> Caller:
    """The caller that the guard noted."""
    return request.scope["user"]


async def access_of(caller: NamedDependency[Caller], services: NamedDependency[Services]) -> Access:
    """What the caller may see, by the map of models as it is now."""
    known = services.accesses.of_any_model(caller)
    if known is not None:
        return known
    async with services.db.read() as conn:
        return await services.accesses.of(conn, caller)


def _check_job(caller: Caller, wanted: Permission, params: dict[str, Any]) -> None:
    """A job's token is for its own runner, and for nothing else."""
    if caller.job is None:
        raise Forbidden("Only a job's own runner may do this.")
    if wanted is not Permission.RUNNER:
        raise Forbidden("A job's token is for what its runner does, and for nothing else.")
    if params.get("job_id") != caller.job.job_id:
        raise Forbidden("This is another job's token.")


def _check_csrf(caller: Caller, connection: Connection) -> None:
    if caller.csrf is not None and _method(connection) not in _SAFE:
        check_csrf(caller.csrf, connection.headers)


def _method(connection: Connection) -> str:
    return str(cast("Mapping[str, Any]", connection.scope).get("method", "GET"))


def _params_of(path: str) -> set[str]:
    return {part[1:-1].partition(":")[0] for part in path.split("/") if part.startswith("{")}
