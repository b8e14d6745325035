"""Two servers and three workers on one PostgreSQL and one storage, under load, while they are killed.

``HAWK_TEST_LOAD_SECONDS`` is how long the load lasts, ``HAWK_TEST_SEED`` what it does.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from tests.e2e.deployment import (
    ROOT,
    SPEC,
    MortalServer,
    MortalWorker,
    Nursery,
    end_all,
    launches,
    processes,
    until,
)
from tests.servers.hawk import HAWK

SECONDS = float(os.environ.get("HAWK_TEST_LOAD_SECONDS", "40"))
SEED = int(os.environ.get("HAWK_TEST_SEED", "1"))
CLIENTS = 4
ENDED = {"succeeded", "failed", "stopped", "lost"}


class Site:
    """A deployment on two machines: a server and a worker on each, and a worker on a third."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder = folder
        env = {"HAWK_DATABASE_URL": database_url, "HAWK_STORAGE": str(folder / "storage")}
        self.database_url = database_url
        self.nursery = Nursery()
        self.servers = [
            MortalServer(self.nursery, folder / name, env=env) for name in ("one", "two", "three")
        ]
        for server in self.servers:
            server.configure("[local]\nmax_running = 1000\nstop_grace = 1.0\n[worker]\nlease_seconds = 2.0\n")
        self.serving = self.servers[:2]
        self.workers = [MortalWorker(server) for server in self.servers]
        self.told = ""

    def start(self) -> None:
        for server in self.serving:
            server.start()
        for worker in self.workers:
            worker.restart()

    def close(self) -> None:
        for server in self.serving:
            server.kill()
        for worker in self.workers:
            worker.kill()
        self.nursery.close()
        end_all(self.homes)

    @property
    def homes(self) -> list[Path]:
        return [server.home for server in self.servers]

    def jobs(self) -> dict[str, dict[str, Any]]:
        """Every job by its id."""
        found: dict[str, dict[str, Any]] = {}
        cursor: str | None = None
        with self.serving[0].http() as http:
            while True:
                query = {"limit": 500, **({"cursor": cursor} if cursor else {})}
                page = http.get("/api/jobs", params=query).raise_for_status().json()
                found |= {one["id"]: one for one in page["items"]}
                if (cursor := page["next"]) is None:
                    return found

    def agrees(self) -> bool:
        """Whether the warehouse says what an import of all logs into a new one says."""
        env = {**self.servers[2].env, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [HAWK, "db", "check", "--deep"], env=env, check=False, capture_output=True, text=True, timeout=120
        )
        self.told = done.stdout + done.stderr
        return done.returncode == 0

    def query(self, text: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database_url) as conn:
            return conn.execute(text).fetchall()  # pyright: ignore


class User:
    """Submits, and does with the jobs what users do; remembers what it was promised."""

    def __init__(self, number: int, site: Site) -> None:
        self.random = random.Random(SEED * 1000 + number)
        self.number = number
        self.site = site
        self.made: dict[str, str] = {}
        self.twice: list[tuple[str, str]] = []
        self.stopped: set[str] = set()
        self.deleted: set[str] = set()
        self.resumed: Counter[str] = Counter()
        self.faults: list[str] = []

    def act(self, until_time: float) -> None:
        count = 0
        while time.monotonic() < until_time:
            count += 1
            self.submit(f"u{self.number}-{count}")
            for _ in range(2):
                self.meddle()

    def submit(self, key: str) -> None:
        kind = self.random.choice(["brief", "brief", "held", "failing"])
        spec = {
            **SPEC,
            "name": key,
            "ledger": str(self.site.folder / "ledger"),
            "count": self.random.randint(1, 3),
            "hold": kind == "held",
            "ends": 1 if kind == "failing" else 0,
        }
        body = {"key": key, "kind": "eval-set", "spec": spec, "secrets": {"A": "s3cret"}}
        answers = [self.ask("POST", "/api/jobs", body)]
        if self.random.random() < 0.5:
            answers.append(self.ask("POST", "/api/jobs", body))
        for answer in answers:
            if not answer.is_success:
                self.faults.append(f"submission {key}: {answer.text}")
                continue
            job_id = answer.json()["id"]
            if self.made.setdefault(key, job_id) != job_id:
                self.twice.append((key, job_id))

    def meddle(self) -> None:
        job_id = self.random.choice(sorted(self.made.values()))
        if job_id in self.deleted:
            return
        what = self.random.choice(["stop", "stop", "resume", "delete", "look"])
        if what == "stop":
            answer = self.ask("POST", f"/api/jobs/{job_id}/stop", {})
            if answer.is_success and answer.json()["launch"] == 1 + self.resumed[job_id]:
                self.stopped.add(job_id)
        elif what == "resume":
            body = {"key": f"{job_id}-{self.resumed[job_id]}", "secrets": {"A": "s3cret"}}
            if self.ask("POST", f"/api/jobs/{job_id}/resume", body).status_code == 201:
                self.resumed[job_id] += 1
                self.stopped.discard(job_id)
        elif what == "delete":
            if self.ask("DELETE", f"/api/jobs/{job_id}").status_code in {204, 404}:
                self.deleted.add(job_id)
        else:
            self.ask("GET", f"/api/jobs/{job_id}")

    def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """Ask one of the servers, and another one where it dies or is busy, until there is an answer."""
        deadline = time.monotonic() + 90
        while True:
            server = self.random.choice(self.site.serving)
            try:
                answer = httpx.request(
                    method, f"{server.url}{path}", json=body, headers=server.headers, timeout=60
                )
            except httpx.TransportError:
                time.sleep(0.2)
                continue
            if answer.status_code == 503 and time.monotonic() < deadline:
                time.sleep(0.2)
                continue
            if answer.status_code >= 500:
                self.faults.append(f"{method} {path}: {answer.text}")
            return answer


def kill_now_and_then(site: Site, until_time: float) -> None:
    """Servers and workers die, and come back."""
    chance = random.Random(SEED)
    while time.monotonic() < until_time:
        time.sleep(chance.uniform(1.0, 3.0))
        victim = chance.choice([*site.serving, *site.workers])
        victim.restart()


@pytest.fixture
def site(tmp_path: Path, postgres_url: str) -> Iterator[Site]:
    made = Site(tmp_path, postgres_url)
    made.start()
    yield made
    made.close()


def test_nothing_is_done_twice_and_no_stop_is_lost(site: Site) -> None:
    until_time = time.monotonic() + SECONDS
    users = [User(number, site) for number in range(CLIENTS)]
    threads = [threading.Thread(target=one.act, args=(until_time,)) for one in users]
    threads.append(threading.Thread(target=kill_now_and_then, args=(site, until_time)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check_jobs(site, users)
    check_samples(site)


def check_jobs(site: Site, users: list[User]) -> None:
    assert [fault for one in users for fault in one.faults] == []
    assert [pair for one in users for pair in one.twice] == [], "a key stands for one job"
    made = {job_id for one in users for job_id in one.made.values()}
    deleted = {job_id for one in users for job_id in one.deleted}
    stopped = {job_id for one in users for job_id in one.stopped} - deleted
    until(lambda: deleted.isdisjoint(site.jobs()))
    until(lambda: all(site.jobs()[job_id]["status"] in ENDED for job_id in stopped))
    jobs = site.jobs()
    assert set(jobs) == made - deleted
    assert not [job_id for job_id in deleted if processes(job_id)]
    resumed = {job_id: one.resumed[job_id] for one in users for job_id in one.made.values()}
    for job_id, row in jobs.items():
        assert row["launch"] == 1 + resumed[job_id], row
        assert row["status"] != "lost", row
        assert launches(site.homes, job_id) == list(range(1, row["launch"] + 1)), row
    ledger = [json.loads(line) for line in (site.folder / "ledger").read_text().splitlines()]
    starts = Counter((one["job_id"], one["launch"], one["attempt"]) for one in ledger)
    assert [start for start, count in starts.items() if count > 1] == []
    assert len(starts) > CLIENTS


def check_samples(site: Site) -> None:
    """Every sample of every log is a row once, and one of each set is current."""
    logs = list((site.folder / "storage" / "evals").rglob("*.eval"))

    def imported() -> bool:
        ((count,),) = site.query("SELECT count(*) FROM evals")
        return count == len(logs)

    until(imported)
    assert until(site.agrees), site.told
    a_log = "SELECT log_id, sample_id, epoch FROM samples GROUP BY 1, 2, 3 HAVING count(*) > 1"
    assert site.query(a_log) == []
    a_set = (
        "SELECT eval_set_id, task_id, sample_id, epoch, sum(current::int) FROM samples GROUP BY 1, 2, 3, 4"
    )
    assert [row for row in site.query(a_set) if row[4] != 1] == []
