"""A `hawk` whose API answers by a script, for tests that need a process: SCENARIO ARGUMENT…"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from hawk.cli import following, session
from hawk.cli.main import run
from hawk.client.client import HawkClient
from hawk.jobs.types import JobStatus
from tests.cli.conftest import Api, job, page


def running(api: Api) -> None:
    """A job that runs until it is deleted, or stopped twice."""
    stops = 0

    def stop(request: httpx.Request) -> httpx.Response:
        nonlocal stops
        stops += 1
        sys.stderr.write(f"[asked to stop: {request.content.decode()}]\n")
        state = job(stopping=True)
        if stops > 1 or "graceful" in sys.argv[1]:
            state = job(status=JobStatus.STOPPED, reason="stopped", exit_code=1)
        api.job(state)
        return answer(state)

    def deleted(_: httpx.Request) -> httpx.Response:
        sys.stderr.write("[deleted]\n")
        return httpx.Response(204)

    api.on("POST", "/api/jobs", job())
    api.job(job())
    api.on("POST", "/api/jobs/simple-abc/stop", stop)
    api.on("DELETE", "/api/jobs/simple-abc", deleted)
    api.on("GET", "/api/evals", page([]))


def answer(value: Any) -> httpx.Response:
    import msgspec

    return httpx.Response(200, content=msgspec.json.encode(value))


def main() -> int:
    """Run one command line."""
    api = Api()
    running(api)

    @asynccontextmanager
    async def connect(*_: object, **__: object) -> AsyncIterator[HawkClient]:
        async with httpx.AsyncClient(
            transport=httpx.MockTransport(api.handle), base_url="http://hawk"
        ) as http:
            yield HawkClient(http)

    session.connect = connect  # type: ignore[assignment]
    following.HERE_SECONDS = 0.02
    return run(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
