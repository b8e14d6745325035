"""What `hawk serve` costs: its start, its memory, and how many lists it answers a second."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import httpx
import psutil

from benchmarks.corpus.made import KINDS, corpus
from benchmarks.load import load
from benchmarks.measure import BIN, in_turns, row
from tests.servers.hawk import HawkServer

LOGS = 200
"""Of 500 samples each."""

_STARTS = 7
_SECONDS, _CONNECTIONS = 8.0, 8
_LISTS = (
    ("`/api/samples`, 50 of 100,000", "/api/samples?limit=50", "≥ 500/s"),
    ("`/api/samples`, of one eval set", "/api/samples?limit=50&eval_set=nightly-003-dd0e1d63", ""),
    ("`/api/evals`", "/api/evals?limit=50", ""),
    ("`/api/jobs`", "/api/jobs?limit=50", ""),
    ("`/health/live`", "/health/live", ""),
)


def main(home: Path) -> None:
    """Print the figures."""
    row("a server", *KINDS, "goal")
    row("---", "---", "---", "---")
    measured: dict[str, list[tuple[str, str, str]]] = {}
    for kind in KINDS:
        with corpus(kind, "serving", LOGS) as url:
            measured[kind] = _measure(home / kind, url)
    for label, _, goal in measured[KINDS[0]]:
        row(label, *(next(v for name, v, _ in measured[kind] if name == label) for kind in KINDS), goal)


def _measure(home: Path, url: str) -> list[tuple[str, str, str]]:
    home.mkdir(parents=True)
    env = {"HAWK_DATABASE_URL": url}
    starts = [_start(home, env) for _ in range(_STARTS)]
    with HawkServer(home, env=env, args=("--no-worker",)) as server:
        idle = psutil.Process(server.process.pid).memory_info().rss
        answers = [(label, _load(server, path), goal) for label, path, goal in _LISTS]
        wall = _command(server)
        after = psutil.Process(server.process.pid).memory_info().rss
    return [
        ("start to the first answer, median", f"{statistics.median(starts):.2f} s", "≤ 1.5 s"),
        ("resident, idle", _mib(idle), "≤ 150 MB"),
        ("resident, after all that", _mib(after), ""),
        *answers,
        ("`hawk list jobs` against it, wall", f"{wall:.3f} s", "≤ 0.4 s"),
    ]


def _start(home: Path, env: dict[str, str]) -> float:
    server = HawkServer(home, env=env, args=("--no-worker",))
    began = time.perf_counter()
    server.spawn()
    try:
        while not _answers(server):
            time.sleep(0.005)
        return time.perf_counter() - began
    finally:
        server.kill()


def _answers(server: HawkServer) -> bool:
    try:
        return httpx.get(f"{server.url}/api/jobs", headers=server.headers, timeout=5).is_success
    except httpx.TransportError:
        return False


def _load(server: HawkServer, path: str) -> str:
    """Answers a second, and how many there would be if the process had a core of its own."""
    load(server.port, path, server.headers, connections=_CONNECTIONS, seconds=1)
    process = psutil.Process(server.process.pid)
    before = _cpu(process)
    found = load(server.port, path, server.headers, connections=_CONNECTIONS, seconds=_SECONDS)
    of_a_core = found.count / (_cpu(process) - before)
    return f"{found.rate:.0f}/s ({of_a_core:.0f}/s of CPU), {found.times}"


def _cpu(process: psutil.Process) -> float:
    spent = process.cpu_times()
    return spent.user + spent.system


def _command(server: HawkServer) -> float:
    env = {**server.env, **server.client_env}
    return in_turns({"list": [str(BIN / "hawk"), "list", "jobs"]}, env, runs=9)["list"].seconds


def _mib(size: int) -> str:
    return f"{size / 2**20:.0f} MiB"
