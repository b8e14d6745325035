"""What tells of the server itself."""

from __future__ import annotations

import platform

import msgspec
from litestar import Router, get
from litestar.di import NamedDependency

from hawk import __version__
from hawk.api_version import API_VERSION
from hawk.auth.permission import Permission, needs
from hawk.jobs.types import BackendInfo, RunnerInfo, ServerInfo, WebConfig
from hawk.packages.platforms import this_runner
from hawk.server.services import Services


@get("/server", summary="Who answers, and what it can run", opt=needs(Permission.PUBLIC))
async def server_info(services: NamedDependency[Services]) -> ServerInfo:
    """What a client needs to know before it submits."""
    backends, runner = services.backends.values(), this_runner()
    return ServerInfo(
        version=__version__,
        api_version=API_VERSION,
        location="this machine" if services.embedded else platform.node(),
        installation=services.installation,
        embedded=services.embedded,
        default_backend=services.settings.backend,
        backends=tuple(BackendInfo(name=one.name, capabilities=one.capabilities) for one in backends),
        runner=RunnerInfo(python=runner.python, platform=runner.platform, requirements=runner.requirements),
    )


@get("/web/config", summary="What pages need to know", opt=needs(Permission.PUBLIC))
async def web_config(services: NamedDependency[Services]) -> WebConfig:
    """Where pages are, which API they ask, and where browsers log in: as `[web]` says, else as `[auth]`."""
    web, auth = services.settings.web, services.settings.auth
    login = {
        "oidc_issuer": web.oidc_issuer or auth.issuer or None,
        "oidc_client_id": web.oidc_client_id or auth.web_client_id or auth.client_id or None,
        "oidc_scopes": web.oidc_scopes or (" ".join(auth.scopes) if auth.issuer else None),
    }
    return WebConfig(**{**msgspec.structs.asdict(web), **login})


@get("/health/live", summary="Whether the process answers", opt=needs(Permission.PUBLIC))
async def live() -> dict[str, str]:
    """Nothing but the process itself is asked."""
    return {"status": "ok"}


server_router = Router(path="/api", route_handlers=[server_info, web_config, live])
