"""The Litestar app: the same one behind ``hawk serve`` and inside a command's own process."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, cast

from litestar import Litestar, Request, Response
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.plugins import PluginProtocol
from litestar.plugins.core import MsgspecDIPlugin
from litestar.types import ControllerRouterHandler

from hawk.api_version import HEADER, TOLD
from hawk.auth.authenticator import Authenticator
from hawk.auth.model_routes import models_router
from hawk.auth.routes import auth_router
from hawk.backends.execution.protocol import ExecutionBackend
from hawk.errors import Forbidden, HawkError, Hidden, NotLoggedIn
from hawk.jobs.heartbeats.routes import runner_router
from hawk.jobs.routes import jobs_router
from hawk.log_files.routes import log_files_router
from hawk.results.comparison.routes import comparison_router
from hawk.results.routes import results_router
from hawk.results.search.routes import search_router
from hawk.results.types import PENDING_HEADER
from hawk.results.usage.routes import usage_router
from hawk.server.documentation import documentation_router
from hawk.server.freshen import pending_imports
from hawk.server.front.callers import LOOPBACK_NAMES, Callers
from hawk.server.front.front import App, Front
from hawk.server.guard import Guard, access_of, caller_of, check_routes
from hawk.server.health import health_router
from hawk.server.logins import has_logins
from hawk.server.metrics.figures import Figures
from hawk.server.metrics.routes import metrics_router
from hawk.server.openapi import openapi, with_problems
from hawk.server.problems import depth_problem, hawk_problem, http_problem, server_problem
from hawk.server.refusals import refused
from hawk.server.routes import server_router
from hawk.server.services import Services, close_services, open_services
from hawk.server.worker_child import WorkerChild
from hawk.settings import Settings

logger = logging.getLogger(__name__)

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
    "readiness",
    "accesses",
    "embedded",
    "heartbeats",
    "plans",
    "login",
    "sessions",
)
_ROUTERS = (
    server_router,
    health_router,
    documentation_router,
    auth_router,
    jobs_router,
    results_router,
    log_files_router,
    comparison_router,
    usage_router,
    search_router,
    models_router,
    runner_router,
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
async def served_app(
    settings: Settings,
    authenticator: Authenticator | None = None,
    worker: WorkerChild | None = None,
    backends: Mapping[str, ExecutionBackend] | None = None,
) -> AsyncGenerator[Front]:
    """The app of a server, as it is given to the network. A worker keeps the warehouse fresh.

    ``authenticator`` is used instead of that of the logins; ``worker`` is the one beside the server, for
    its figures.
    """
    services = await open_services(settings, embedded=False, backends=backends, authenticator=authenticator)

    if services.accesses.maps is None and has_logins(settings):
        logger.warning("no map of models is set up ([models]): every user may see and use all of them")
    try:
        figures = Figures(services.db, worker)
        app = _app(services, figures)
        yield Front(
            cast("App", app),
            figures.requests,
            _callers(settings),
            at_once=settings.serve.max_requests,
            answer_seconds=settings.serve.answer_seconds,
        )
    finally:
        await close_services(services)


def _callers(settings: Settings) -> Callers:
    """Without logins a server has the names of loopback, and those that its operator adds."""
    named = frozenset(one.lower() for one in settings.serve.allowed_hosts)
    if not has_logins(settings):
        named |= LOOPBACK_NAMES
    return Callers(named or None, frozenset(one.lower().rstrip("/") for one in settings.serve.cors_origins))


def _app(opened: Services, figures: Figures | None = None) -> Litestar:
    """``figures`` are a server's: a command's own app has none to show."""
    routers = list(_ROUTERS)
    if figures is not None:
        routers.append(metrics_router(opened.settings.serve.metrics))
    if opened.sessions is not None:
        # Loaded where somebody logs in with a browser, and nowhere else.
        from hawk.auth.web.routes import web_router

        routers.append(web_router)

    async def services() -> Services:
        return opened

    async def all_figures() -> Figures | None:
        return figures

    app = _App(
        route_handlers=with_problems(routers),
        dependencies={
            "services": Provide(services),
            "caller": Provide(caller_of),
            "figures": Provide(all_figures),
            "access": Provide(access_of),
            **{name: Provide(_always(getattr(opened, name))) for name in _PROVIDED},
        },
        exception_handlers={
            HawkError: hawk_problem,
            **dict.fromkeys((NotLoggedIn, Forbidden, Hidden), refused(opened.denials)),
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
    check_routes(app.routes)
    return app


class _App(Litestar):
    """Litestar without its plugins for pydantic and attrs, which take a command a fifth of a second.

    Hawk's shapes are msgspec's. Where Litestar no longer asks this method, only that time is lost.
    And what a route gets is found one after another: it is at hand, and a task for each took a tenth of a
    millisecond.
    """

    def register(self, value: ControllerRouterHandler) -> None:
        """Add routes."""
        super().register(value)
        for route in self.routes:
            for _, model in getattr(route, "route_handler_map", {}).values():
                model.dependency_batches = [{one} for batch in model.dependency_batches for one in batch]

    @staticmethod
    def _get_default_plugins(plugins: list[PluginProtocol]) -> list[PluginProtocol]:  # pyright: ignore[reportUnusedFunction]
        return [*plugins, MsgspecDIPlugin()]


async def _begin(_: Request[Any, Any, Any]) -> None:
    """Requests of one process run in one context: what one found must not be told by the next."""
    pending_imports.set(0)


async def _tell_pending(response: Response[Any]) -> Response[Any]:
    """Say which API this is, and how many logs there was no time to import: a command can say it too."""
    response.headers[HEADER] = TOLD
    pending = pending_imports.get()
    if pending:
        response.headers[PENDING_HEADER] = str(pending)
    return response


def _always(part: Any) -> Callable[[], Any]:
    async def provided() -> Any:
        return part

    return provided
