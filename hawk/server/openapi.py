"""The OpenAPI document: what the routes say of themselves, and the problems that any of them may answer."""

from __future__ import annotations

from collections.abc import Iterable

from litestar import Router
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig, ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin

from hawk import __version__
from hawk.auth.permission import Permission, needs
from hawk.server.problems import PROBLEM_JSON, ProblemBody

_PROBLEMS = {
    400: "The request can't be carried out as it is written",
    401: "Nothing says who asks, or what says so is no good any more",
    403: "The caller may not do this",
    404: "There is no such thing",
    409: "The request does not fit the state of what it is about",
    412: "What it is about is no longer the version that the request names",
    413: "The request is too large",
    416: "The file has no such part",
    422: "The config or the request has faults, which `errors` lists",
    500: "A fault of Hawk's own, with an id to quote",
    503: "Something that Hawk needs does not answer",
}


def openapi() -> OpenAPIConfig:
    """The document's settings: JSON at ``/api/schema/openapi.json``, and no pages that load scripts."""
    return OpenAPIConfig(
        title="Hawk",
        version=__version__,
        openapi_router=Router(
            path="/api/schema", route_handlers=[], include_in_schema=False, opt=needs(Permission.PUBLIC)
        ),
        render_plugins=[JsonRenderPlugin()],
    )


def with_problems(routers: Iterable[Router]) -> list[Router]:
    """The routers, each of their handlers documented with the problems that it may answer."""
    found = list(routers)
    for router in found:
        for route in router.routes:
            for handler in getattr(route, "route_handlers", ()):
                if isinstance(handler, HTTPRouteHandler):
                    handler.responses = {**(handler.responses or {}), **_specs()}
    return found


def _specs() -> dict[int, ResponseSpec]:
    return {
        status: ResponseSpec(
            data_container=ProblemBody, description=text, media_type=PROBLEM_JSON, generate_examples=False
        )
        for status, text in _PROBLEMS.items()
    }
