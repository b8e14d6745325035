"""The Litestar app: the same one behind ``hawk serve`` and inside a command's own process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.openapi import OpenAPIConfig

from hawk import __version__
from hawk.errors import HawkError
from hawk.jobs.routes import jobs_router
from hawk.results.routes import results_router
from hawk.server.problems import hawk_problem, http_problem, server_problem
from hawk.server.routes import server_router
from hawk.server.services import Services, open_services
from hawk.settings import Settings

_PROVIDED = (
    "settings",
    "db",
    "root",
    "evals",
    "jobs",
    "launcher",
    "reconciler",
    "packages",
    "fresh",
    "user",
    "embedded",
)


def create_app(settings: Settings, *, embedded: bool) -> Litestar:
    """The app of one installation. Its lifespan opens the storage and the database, and closes them."""

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        services = await open_services(settings, embedded=embedded)
        app.state.services = services
        try:
            yield
        finally:
            await services.db.close()

    async def services() -> Services:
        return app.state.services

    app = Litestar(
        route_handlers=[server_router, jobs_router, results_router],
        dependencies={
            "services": Provide(services),
            **{name: Provide(_part(name)) for name in _PROVIDED},
        },
        exception_handlers={
            HawkError: hawk_problem,
            HTTPException: http_problem,
            Exception: server_problem,
        },
        lifespan=[lifespan],
        openapi_config=OpenAPIConfig(title="Hawk", version=__version__, path="/api/schema"),
        logging_config=None,
    )
    return app


def _part(name: str) -> Callable[[Services], Any]:
    async def part(services: Services) -> Any:
        return getattr(services, name)

    return part
