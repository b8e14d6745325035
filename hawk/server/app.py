"""The Litestar app: the same one behind ``hawk serve`` and inside a command's own process."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar, Request, Response
from litestar.di import NamedDependency, Provide
from litestar.exceptions import HTTPException
from litestar.plugins import PluginProtocol
from litestar.plugins.core import MsgspecDIPlugin

from hawk.backends.execution.protocol import ExecutionBackend
from hawk.errors import HawkError
from hawk.jobs.routes import jobs_router
from hawk.log_files.routes import log_files_router
from hawk.results.comparison.routes import comparison_router
from hawk.results.routes import results_router
from hawk.results.search.routes import search_router
from hawk.results.types import PENDING_HEADER
from hawk.results.usage.routes import usage_router
from hawk.server.freshen import pending_imports
from hawk.server.guard import Guard, caller_of
from hawk.server.openapi import openapi, with_problems
from hawk.server.problems import depth_problem, hawk_problem, http_problem, server_problem
from hawk.server.routes import server_router
from hawk.server.services import Services, close_services, open_services
from hawk.settings import Settings

_PROVIDED = (
    "db",
    "evals",
    "jobs",
    "log_files",
    "launcher",
    "reconciler",
    "packages",
    "fresh",
    "scanners",
    "embedded",
)
_ROUTERS = (
    server_router,
    jobs_router,
    results_router,
    log_files_router,
    comparison_router,
    usage_router,
    search_router,
)


@asynccontextmanager
async def embedded_app(
    settings: Settings, backends: Mapping[str, ExecutionBackend] | None = None
) -> AsyncGenerator[Litestar]:
    """The app of this user's installation, for as long as a command needs it.

    ``backends`` are used instead of what is plugged in. An error of the caller's passes through as it
    is: Litestar's own lifespan would wrap it into a group.
    """
    services = await open_services(settings, embedded=True, backends=backends)
    try:
        yield _app(services)
    finally:
        await close_services(services)


@asynccontextmanager
async def served_app(settings: Settings) -> AsyncGenerator[Litestar]:
    """The app of a server: a worker beside it keeps the warehouse fresh."""
    services = await open_services(settings, embedded=False)
    try:
        yield _app(services)
    finally:
        await close_services(services)


def _app(opened: Services) -> Litestar:
    async def services() -> Services:
        return opened

    return _App(
        route_handlers=with_problems(_ROUTERS),
        dependencies={
            "services": Provide(services),
            "caller": Provide(caller_of),
            **{name: Provide(_part(name)) for name in _PROVIDED},
        },
        exception_handlers={
            HawkError: hawk_problem,
            HTTPException: http_problem,
            RecursionError: depth_problem,
            Exception: server_problem,
        },
        guards=[Guard(opened)],
        before_request=_begin,
        after_request=_tell_pending,
        openapi_config=openapi(),
        logging_config=None,
    )


class _App(Litestar):
    """Litestar without its plugins for pydantic and attrs, which take a command a fifth of a second.

    Hawk's shapes are msgspec's. Where Litestar no longer asks this method, only that time is lost.
    """

    @staticmethod
    def _get_default_plugins(plugins: list[PluginProtocol]) -> list[PluginProtocol]:  # pyright: ignore[reportUnusedFunction]
        return [*plugins, MsgspecDIPlugin()]


async def _begin(_: Request[Any, Any, Any]) -> None:
    """Requests of one process run in one context: what one found must not be told by the next."""
    pending_imports.set(0)


async def _tell_pending(response: Response[Any]) -> Response[Any]:
    """Say how many logs there was no time to import, so that a command can say it too."""
    pending = pending_imports.get()
    if pending:
        response.headers[PENDING_HEADER] = str(pending)
    return response


def _part(name: str) -> Callable[[Services], Any]:
    async def part(services: NamedDependency[Services]) -> Any:
        return getattr(services, name)

    return part
