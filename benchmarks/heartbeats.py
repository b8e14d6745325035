"""What 2,000 running jobs cost a server that say how they stand every ten seconds: a share of one core."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import msgspec
import psutil

from benchmarks.databases import empty_databases
from benchmarks.measure import row
from hawk.auth.caller import JobIdentity
from hawk.auth.job_tokens import JobTokens
from hawk.auth.signing_keys import SigningKeys
from hawk.backends.storage.store import instance_id, open_storage
from hawk.clock import utc_now
from hawk.jobs import store
from hawk.jobs.entries import launch_row, new_row
from hawk.jobs.records import LaunchRecord
from hawk.jobs.types import JobStatus
from hawk.settings import load_settings
from hawk.specs.control import Heartbeat, ModelProgress, Progress, SampleProgress, TaskProgress, TokenCounts
from hawk.warehouse.engine import Database
from tests.servers.hawk import HawkServer

JOBS, EVERY = 2_000, 10.0
_WARM_UP, _SECONDS = 30.0, 60.0
_END = b"\r\n\r\n"


def main(home: Path) -> None:
    """Print the figures."""
    row("2,000 jobs, a heartbeat each 10 s", "CPU of one core", "answered in, median / p95", "goal")
    row("---", "---", "---", "---")
    with empty_databases(home) as databases:
        for kind, fresh in databases.items():
            share, times = _measure(home / kind, fresh())
            row(kind, f"{share:.1%}", times, "≤ 15 %")


def _measure(home: Path, url: str) -> tuple[float, str]:
    home.mkdir(parents=True)
    with HawkServer(home, env={"HAWK_DATABASE_URL": url}, args=("--no-worker",)) as server:
        tokens = asyncio.run(_seed(server.env))
        # Those who ask are a process of their own: what they cost isn't the server's.
        asking = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.heartbeats", str(server.port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert asking.stdin is not None
        asking.stdin.write(msgspec.json.encode(tokens))
        asking.stdin.close()
        asking.stdin = None
        process = psutil.Process(server.process.pid)
        time.sleep(_WARM_UP)  # all connections are open, and every attempt has begun
        before, began = process.cpu_times(), time.perf_counter()
        time.sleep(_SECONDS)
        after, seconds = process.cpu_times(), time.perf_counter() - began
        out, _ = asking.communicate()
    used = after.user + after.system - before.user - before.system
    return used / seconds, out.decode().strip()


async def _seed(env: Mapping[str, str]) -> dict[str, str]:
    """Running jobs, and the token of each one's attempt."""
    settings = load_settings(env)
    db = await Database.open(settings.database_url)
    tokens = JobTokens(SigningKeys(db), await instance_id(open_storage(settings).root))
    try:
        async with db.write() as conn:
            for number in range(JOBS):
                job_id = f"job-{number:04}"
                record = _record(number)
                await store.add_job(conn, new_row(job_id, record, f"/logs/{job_id}"), "Submitted.")
                await store.add_launch(conn, launch_row(job_id, record, ""))
                await store.transition(conn, job_id, JobStatus.RUNNING, "Running.", utc_now(), launch=1)
        return {
            f"job-{n:04}": await tokens.for_attempt(JobIdentity(f"job-{n:04}", 1, 1)) for n in range(JOBS)
        }
    finally:
        await db.close()


def _record(number: int) -> LaunchRecord:
    return LaunchRecord(
        decision="submitted",
        time=utc_now(),
        user="ada",
        launch=1,
        key=f"key-{number}",
        kind="eval-set",
        backend="far",
        spec={"name": "a set"},
    )


async def _ask_all(port: int, tokens: Mapping[str, str]) -> list[float]:
    times: list[float] = []
    until = time.monotonic() + _WARM_UP + _SECONDS
    asked = [
        _ask(port, job_id, token, EVERY * n / len(tokens), until, times)
        for n, (job_id, token) in enumerate(tokens.items())
    ]
    await asyncio.gather(*asked)
    return times


async def _ask(port: int, job_id: str, token: str, delay: float, until: float, times: list[float]) -> None:
    await asyncio.sleep(delay)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    seq = refusals = 0
    while time.monotonic() < until:
        began = time.perf_counter()
        seq += 1
        writer.write(_request(port, job_id, token, seq))
        head = (await reader.readuntil(_END)).lower()
        await reader.readexactly(int(head.partition(b"content-length: ")[2].partition(b"\r")[0]))
        if head.startswith(b"http/1.1 503"):  # As a runner does: later, and ever later.
            refusals += 1
            await asyncio.sleep(min(0.5 * 2.0**refusals, 15.0) * random.uniform(0.5, 1.0))
            continue
        if not head.startswith(b"http/1.1 200"):
            raise RuntimeError(head.decode())
        refusals = 0
        times.append(time.perf_counter() - began)
        await asyncio.sleep(EVERY)
    writer.close()


def _request(port: int, job_id: str, token: str, seq: int) -> bytes:
    body = msgspec.json.encode(Heartbeat(attempt=1, seq=seq, progress=_progress(job_id, seq)))
    lines = [
        f"POST /api/runner/{job_id}/heartbeat HTTP/1.1",
        f"host: 127.0.0.1:{port}",
        f"authorization: Bearer {token}",
        "content-type: application/json",
        f"content-length: {len(body)}",
    ]
    return "\r\n".join(lines).encode() + _END + body


def _progress(job_id: str, seq: int) -> Progress:
    """A grid of four tasks on two models."""
    tokens = TokenCounts(1000 * seq, 500 * seq, 1500 * seq)
    tasks = tuple(
        TaskProgress(
            f"task-{t}", f"m/{m}", None, f"e{t}{m}", "running", SampleProgress(seq, 1000, 10), tokens
        )
        for t in range(4)
        for m in range(2)
    )
    models = tuple(ModelProgress(f"m/{m}", 10 * seq, seq, 1, 2.5) for m in range(2))
    return Progress(job_id, 1, 1, utc_now(), "running", None, tasks, models, tokens=tokens)


if __name__ == "__main__":  # what _measure starts
    found = sorted(asyncio.run(_ask_all(int(sys.argv[1]), msgspec.json.decode(sys.stdin.buffer.read()))))
    middle, late = found[len(found) // 2], found[int(len(found) * 0.95)]
    print(f"{middle * 1e3:.1f} ms / {late * 1e3:.1f} ms of {len(found):,}")
