"""The routes in a small app of their own, and what was asked to be brought up to date."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec
from litestar import Litestar
from litestar.di import Provide
from litestar.exceptions import HTTPException

from hawk.auth.access import Access
from hawk.backends.storage.store import Storage
from hawk.client.client import HawkClient
from hawk.errors import HawkError
from hawk.results.comparison.routes import comparison_router
from hawk.results.routes import results_router
from hawk.results.search.routes import search_router
from hawk.results.search.scanners import Scanners
from hawk.results.usage.routes import usage_router
from hawk.server.problems import hawk_problem, http_problem
from hawk.warehouse.engine import Database

EVERYTHING = Access(name="me", everything=True)


class ResultsApi(msgspec.Struct):
    """``http`` for what the client doesn't say, ``client`` for what it does."""

    http: httpx.AsyncClient
    client: HawkClient
    freshened: list[str | None]

    async def get(self, path: str, **query: Any) -> httpx.Response:
        return await self.http.get(path, params=query)

    async def page(self, path: str, **query: Any) -> dict[str, Any]:
        answer = await self.get(path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def ids(self, path: str, **query: Any) -> list[str]:
        return [item["id"] for item in (await self.page(path, **query))["items"]]


@asynccontextmanager
async def results_api(db: Database, evals: Storage, access: Access = EVERYTHING) -> AsyncIterator[ResultsApi]:
    freshened: list[str | None] = []

    async def fresh(eval_set_id: str | None) -> None:
        freshened.append(eval_set_id)

    scanners = Scanners()
    given = {"db": db, "evals": evals, "fresh": fresh, "scanners": scanners, "access": access}
    app = Litestar(
        route_handlers=[results_router, comparison_router, usage_router, search_router],
        dependencies={name: Provide(_giving(value)) for name, value in given.items()},
        exception_handlers={HawkError: hawk_problem, HTTPException: http_problem},
        openapi_config=None,
        logging_config=None,
    )
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://hawk") as http:
        yield ResultsApi(http, HawkClient(http), freshened)
    scanners.close()


def _giving(value: Any) -> Callable[[], Awaitable[Any]]:
    async def give() -> Any:
        return value

    return give
