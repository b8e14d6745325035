"""Stands before every route: tells who asks, and refuses who may not."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler

from hawk.auth.access import Access
from hawk.auth.caller import Caller
from hawk.auth.permission import Permission, permission_of
from hawk.errors import Forbidden, NotLoggedIn, ServerFault
from hawk.server.services import Services

Connection = ASGIConnection[Any, Any, Any, Any]


class Guard:
    """Refuses a request whose caller is not what its route declares."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def __call__(self, connection: Connection, handler: BaseRouteHandler) -> None:
        """Note the caller for the route. Raises NotLoggedIn or Forbidden."""
        wanted = permission_of(handler.opt)
        if wanted is None:
            raise ServerFault(f"{handler} declares no permission.")
        if wanted is Permission.PUBLIC:
            return
        caller = await self._services.authenticator.caller(connection.headers)
        if caller is None:
            raise NotLoggedIn("You are not logged in.", fix="Log in with: hawk login")
        if wanted is Permission.RUNNER or caller.job is not None:
            _require_runner(caller, wanted, connection.path_params.get("job_id"))
        connection.scope["user"] = caller
        if wanted is Permission.ADMIN and not caller.admin:
            raise Forbidden("Only an admin may do this.")


def _require_runner(caller: Caller, wanted: Permission, job_id: str | None) -> None:
    """Raise Forbidden unless it is the runner of the job that the path names, on a route for runners."""
    if wanted is not Permission.RUNNER:
        raise Forbidden("A job's token is good for its runner's own requests alone.")
    if caller.job is None:
        raise Forbidden("Only the runner of a job may do this.")
    if caller.job.job_id != job_id:
        raise Forbidden("The token is another job's.")


async def caller_of(request: Request[Any, Any, Any]) -> Caller:
    """The caller that the guard noted."""
    return request.scope["user"]


async def access_of(caller: NamedDependency[Caller], services: NamedDependency[Services]) -> Access:
    """What the caller may see, by the map of models as it is now."""
    async with services.db.read() as conn:
        return await services.accesses.of(conn, caller)
