"""The HTTP app over a database as a server has it: no request imports anything."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import httpx

from hawk.backends.execution.protocol import ExecutionBackend
from hawk.server import app
from hawk.server.services import close_services, open_services
from hawk.settings import load_settings
from hawk.warehouse.engine import Database

Query = Mapping[str, str | int]


@dataclass(frozen=True)
class Times:
    """Seconds of each of several requests."""

    seconds: Sequence[float]

    def percentile(self, part: float) -> float:
        """The time within which ``part`` of the requests were answered: 0.95 for 95 %."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(part * len(ordered)))]

    def __str__(self) -> str:
        return f"{_told(self.percentile(0.5))} / {_told(self.percentile(0.95))}"


class Api:
    """Asks the app, and says how long it took."""

    def __init__(self, http: httpx.AsyncClient, db: Database) -> None:
        self._http = http
        self.db = db

    async def get(self, path: str, query: Query) -> Any:
        """The answer to one request."""
        answer = await self._http.get(path, params=dict(query))
        answer.raise_for_status()
        return answer.json()

    async def time(self, path: str, queries: Sequence[Query]) -> Times:
        """Ask all, one after another; the first one twice, for what is set up only once."""
        await self.get(path, queries[0])
        return Times([await self._timed(path, query) for query in queries])

    async def time_posts(self, path: str, bodies: Sequence[Mapping[str, Any]]) -> Times:
        """Send all, one after another."""
        return Times([await self._timed_post(path, body) for body in bodies])

    async def _timed_post(self, path: str, body: Mapping[str, Any]) -> float:
        started = time.perf_counter()
        (await self._http.post(path, json=body)).raise_for_status()
        return time.perf_counter() - started

    async def _timed(self, path: str, query: Query) -> float:
        started = time.perf_counter()
        await self.get(path, query)
        return time.perf_counter() - started


@asynccontextmanager
async def api(
    home: Path, url: str, backends: Mapping[str, ExecutionBackend] | None = None
) -> AsyncGenerator[Api]:
    """The app of a server whose database is ``url``; ``backends`` are used instead of what is plugged in."""
    settings = load_settings({"HAWK_HOME": str(home / "data"), "HAWK_DATABASE_URL": url})
    services = await open_services(settings, embedded=False, backends=backends)
    transport = httpx.ASGITransport(app=cast("Any", app._app(services)))
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://hawk", timeout=600) as http:
            yield Api(http, services.db)
    finally:
        await close_services(services)


def _told(seconds: float) -> str:
    return f"{seconds * 1e3:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
