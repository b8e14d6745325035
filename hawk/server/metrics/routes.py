"""``/metrics``."""

from __future__ import annotations

from typing import Literal

from litestar import Response, Router, get
from litestar.di import NamedDependency

from hawk.auth.permission import Permission, needs
from hawk.server.metrics.figures import Figures
from hawk.server.metrics.text import MEDIA_TYPE

_READERS = {"admin": Permission.ADMIN, "login": Permission.LOGIN, "anybody": Permission.PUBLIC}


def metrics_router(readers: Literal["admin", "login", "anybody"]) -> Router:
    """The route of the figures, for those whom the operator lets read them."""

    @get("/metrics", summary="Figures for Prometheus", media_type=MEDIA_TYPE, opt=needs(_READERS[readers]))
    async def metrics(figures: NamedDependency[Figures]) -> Response[str]:
        """Of this server's process, and of the whole installation as its database knows it."""
        return Response(await figures.text(), media_type=MEDIA_TYPE)

    return Router(path="/", route_handlers=[metrics])
