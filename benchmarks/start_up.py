"""How long the CLI takes to start, and to list a thousand jobs."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

from benchmarks.measure import BIN, environment, in_turns, row
from hawk.clock import utc_now
from hawk.jobs import store
from hawk.jobs.types import JobStatus
from hawk.settings import load_settings
from hawk.warehouse.engine import Database

JOBS = 1_000


def main(home: Path) -> None:
    """Print the figures."""
    env = environment(home)
    asyncio.run(_fill(load_settings(env).database_url))
    measured = in_turns(
        {
            "python": [sys.executable, "-c", "pass"],
            "inspect": [str(BIN / "inspect"), "--version"],
            "help": [str(BIN / "hawk"), "--help"],
            "list": [str(BIN / "hawk"), "list", "jobs", "--limit", "50"],
            "list_all": [str(BIN / "hawk"), "list", "jobs", "--limit", "500", "--json"],
        },
        env,
        runs=9,
    )
    bare, inspect = measured["python"].seconds, measured["inspect"].seconds
    row("start-up", "wall", "of `inspect --version`", "goal")
    row("---", "---", "---", "---")
    row("`python -c pass`", f"{bare:.3f} s", f"{bare / inspect:.2f}", "")
    row("`inspect --version`", f"{inspect:.3f} s", "1.00", "")
    for name, label, goal in (
        ("help", "`hawk --help`", "≤ 0.16 s"),
        ("list", "`hawk list jobs`, 1,000 jobs", "≤ 0.8 s"),
        ("list_all", "`hawk list jobs --limit 500 --json`", ""),
    ):
        row(label, f"{measured[name].seconds:.3f} s", f"{measured[name].seconds / inspect:.2f}", goal)


async def _fill(database_url: str) -> None:
    db = await Database.open(database_url)
    now = utc_now()
    async with db.write() as conn:
        for number in range(JOBS):
            time = now - timedelta(minutes=number)
            await store.add_job(conn, _ended_job(number, time), "Submitted by bench.")
    await db.close()


def _ended_job(number: int, time: object) -> dict[str, object]:
    return {
        "id": f"bench-{number:04}-aaaaaaaaaaaaaaaa",
        "kind": "eval-set",
        "name": "bench",
        "status": JobStatus.SUCCEEDED,
        "reason": "All evals succeeded.",
        "backend": "local",
        "created_by": "bench",
        "launch": 1,
        "created_at": time,
        "updated_at": time,
        "log_dir": "",
        "priority": 0,
    }
