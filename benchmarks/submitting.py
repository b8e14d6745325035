"""What a submission costs a server, but for what its backend does with it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from benchmarks.databases import Fresh, empty_databases
from benchmarks.measure import row
from benchmarks.served import Times, api
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
    async def work() -> Times:
        async with api(home, fresh(), {"local": Stage()}) as server:
            await server.time_posts("/api/jobs", _submissions(0, _FIRST))
            return await server.time_posts("/api/jobs", _submissions(_FIRST, _FIRST + _COUNT))

    return asyncio.run(work())


def _submissions(start: int, end: int) -> list[dict[str, object]]:
    return [
        {"key": f"key-{number}", "kind": "eval-set", "spec": {**SPEC, "name": f"set {number}"}}
        for number in range(start, end)
    ]
