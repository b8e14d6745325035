"""Whether the server lives, and whether it can do its work."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable
from http import HTTPStatus

import msgspec
from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec

from hawk.auth.permission import Permission, needs
from hawk.backends.storage.store import Storage
from hawk.errors import FieldProblem, HawkError, Unavailable
from hawk.operator_log.lines import FIELDS
from hawk.server.problems import PROBLEM_JSON, ProblemBody
from hawk.warehouse.engine import Database

PART_SECONDS = 5.0
"""How long a part may take to answer."""
FRESH_SECONDS = 1.0
"""How long a finding is given again: anybody may ask, and nothing behind the server should notice."""

logger = logging.getLogger(__name__)


class Health(msgspec.Struct, frozen=True):
    """``status`` is ``ok``: what isn't answers with a problem."""

    status: str = "ok"


class Readiness:
    """Looks at what the server needs, part by part."""

    def __init__(self, db: Database, storage: Storage, evals: Storage) -> None:
        self._parts = {"database": db.check, "storage": storage.check, "logs": evals.check}
        self._asking = asyncio.Lock()
        self._found: tuple[float, tuple[FieldProblem, ...]] = (float("-inf"), ())

    async def failing(self) -> tuple[FieldProblem, ...]:
        """The parts that fail. Why is for the operator: the log has it."""
        async with self._asking:
            at, found = self._found
            if time.monotonic() - at > FRESH_SECONDS:
                looks = (_look(name, check()) for name, check in self._parts.items())
                found = tuple(one for one in await asyncio.gather(*looks) if one is not None)
                self._found = (time.monotonic(), found)
            return found


async def _look(name: str, check: Awaitable[None]) -> FieldProblem | None:
    try:
        await asyncio.wait_for(check, PART_SECONDS)
    except TimeoutError:
        logger.warning("not-ready", extra={FIELDS: {"part": name, "error": "no answer in time"}})
        return FieldProblem(path=name, message=f"does not answer within {PART_SECONDS:.0f} s")
    except HawkError as error:
        logger.warning("not-ready", extra={FIELDS: {"part": name, "error": error.message}})
        return FieldProblem(path=name, message="can't be used; the server's log says why")
    return None


@get("/live", summary="Whether the process answers", opt=needs(Permission.PUBLIC))
async def live() -> Health:
    """Nothing but the process itself is asked."""
    return Health()


@get(
    "/ready",
    summary="Whether the database and the storage can be used",
    opt=needs(Permission.PUBLIC),
    responses={
        HTTPStatus.SERVICE_UNAVAILABLE: ResponseSpec(
            data_container=ProblemBody,
            description="`errors` names the parts that fail",
            media_type=PROBLEM_JSON,
        )
    },
)
async def ready(readiness: NamedDependency[Readiness]) -> Response[Health | ProblemBody]:
    """The database answers and is at this Hawk's schema, and the storage can be listed."""
    failing = await readiness.failing()
    if not failing:
        return Response(Health())
    names = ", ".join(one.path for one in failing)
    body = ProblemBody(
        type="urn:hawk:Unavailable",
        title=Unavailable.title,
        status=Unavailable.status,
        detail=f"Not ready: {names}.",
        instance="/health/ready",
        errors=failing,
    )
    return Response(body, status_code=Unavailable.status, media_type=PROBLEM_JSON)


health_router = Router(path="/health", route_handlers=[live, ready])
