"""What a submission costs a server, but for what its backend does with it."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any, cast

import httpx

from benchmarks.databases import Fresh, empty_databases
from benchmarks.measure import row
from benchmarks.served import Times
from hawk.server import app
from hawk.server.services import close_services, open_services
from hawk.settings import load_settings
from tests.jobs.conftest import SPEC, Stage

_FIRST, _COUNT = 20, 200


def main(home: Path) -> None:
    """Print the figures."""
    row("one submission after another, a backend that takes them at once", "p50 / p95", "goal, p95")
    row("---", "---", "---")
    with empty_databases(home) as databases:
        for kind, fresh in databases.items():
            row(f"`POST /api/jobs`, {kind}", str(_measure(home / kind, fresh)), "≤ 50 ms")


def _measure(home: Path, fresh: Fresh) -> Times:
    home.mkdir(parents=True)
    settings = load_settings({"HAWK_HOME": str(home / "data"), "HAWK_DATABASE_URL": fresh()})

    async def work() -> Times:
        services = await open_services(settings, embedded=False, backends={"local": Stage()})
        transport = httpx.ASGITransport(app=cast("Any", app._app(services)))
        try:
            async with httpx.AsyncClient(transport=transport, base_url="http://hawk") as http:
                seconds = [await _submit(http, number) for number in range(_FIRST + _COUNT)]
        finally:
            await close_services(services)
        return Times(seconds[_FIRST:])

    return asyncio.run(work())


async def _submit(http: httpx.AsyncClient, number: int) -> float:
    body = {"key": f"key-{number}", "kind": "eval-set", "spec": {**SPEC, "name": f"set {number}"}}
    began = time.perf_counter()
    (await http.post("/api/jobs", json=body)).raise_for_status()
    return time.perf_counter() - began
