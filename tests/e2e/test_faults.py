"""What servers and workers need is gone for a while: requests say so, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from hawk.warehouse.upgrade import upgrade_database
from tests.e2e.deployment import (
    SPEC,
    MortalServer,
    MortalWorker,
    Nursery,
    end_all,
    is_alive,
    job,
    launches,
    until,
)
from tests.servers.postgres import Restarted, restarted_server
from tests.servers.s3 import S3
from tests.servers.unsteady import Unsteady, unsteady

pytestmark = pytest.mark.timeout(600)


class Site:
    """A server and a worker, and jobs that stay until they are told to end."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self.folder = folder
        self.nursery = Nursery()
        self.server = MortalServer(self.nursery, folder, env=env)
        self.worker = MortalWorker(self.server)

    def __enter__(self) -> Site:
        self.server.start()
        self.worker.restart()
        # One that starts while what it needs is gone says so and ends: that is another story.
        until(lambda: self.worker.log.exists() and " started pid=" in self.worker.log.read_text())
        return self

    def __exit__(self, *_: object) -> None:
        self.worker.kill()
        self.server.kill()
        self.nursery.close()
        end_all([self.server.home])

    def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        with self.server.http() as http:
            return http.request(method, path, json=body)

    def submit(self, key: str) -> httpx.Response:
        spec = {**SPEC, "name": key, "hold": True, "ledger": str(self.folder / "ledger")}
        return self.ask("POST", "/api/jobs", {"key": key, "kind": "eval-set", "spec": spec})

    def status(self, job_id: str) -> str:
        with self.server.http() as http:
            return job(http, job_id)["status"]

    def refuses_and_lives(self, key: str, job_id: str, word: str) -> None:
        """A submission and a stop are answered with what is missing; nobody dies of it."""
        for answer in (self.submit(key), self.ask("POST", f"/api/jobs/{job_id}/stop", {})):
            assert answer.status_code == 503, answer.text
            assert answer.headers["content-type"] == "application/problem+json"
            assert word in answer.json()["detail"]
        assert is_alive(self.server.running), self.server.log.read_text()
        assert is_alive(self.worker.running), self.worker.log.read_text()

    def goes_on(self, key: str, job_id: str) -> None:
        """The same submission again is one job, launched once; what ran still runs, and can be stopped."""
        made = self.submit(key).raise_for_status().json()["id"]
        until(lambda: self.status(made) == "running")
        assert launches([self.server.home], made) == [1]
        assert self.status(job_id) == "running"
        assert launches([self.server.home], job_id) == [1]
        for one in (made, job_id):
            self.ask("POST", f"/api/jobs/{one}/stop", {}).raise_for_status()
            until(lambda one=one: self.status(one) == "stopped")


@pytest.fixture
def postgres_that_restarts() -> Iterator[Restarted]:
    with restarted_server() as made:
        yield made


@pytest.mark.parametrize("crash", [False, True], ids=["politely", "crashed"])
def test_postgresql_restarts(tmp_path: Path, postgres_that_restarts: Restarted, crash: bool) -> None:

    database = postgres_that_restarts
    url = database.server.create("hawk_test")
    upgrade_database(url, lambda: None)
    with Site(tmp_path, {"HAWK_DATABASE_URL": url}) as site:
        before = site.submit("before").raise_for_status().json()["id"]
        until(lambda: site.status(before) == "running")
        database.stop(crash=crash)
        site.refuses_and_lives("meanwhile", before, "database")
        database.start()
        site.goes_on("meanwhile", before)


@pytest.fixture
def front(s3_of_run: S3) -> Iterator[Unsteady]:
    with unsteady(s3_of_run.endpoint) as found:
        yield found


def test_storage_is_down(tmp_path: Path, postgres_url: str, s3_of_run: S3, front: Unsteady) -> None:
    bucket = f"s3://{s3_of_run.new_bucket()}/hawk"
    env = {**s3_of_run.environment, "AWS_ENDPOINT_URL": front.url, "HAWK_STORAGE": bucket}
    with Site(tmp_path, {**env, "HAWK_DATABASE_URL": postgres_url}) as site:
        before = site.submit("before").raise_for_status().json()["id"]
        until(lambda: site.status(before) == "running")
        front.trouble = lambda _method, _path: 503
        site.refuses_and_lives("meanwhile", before, "storage")
        assert site.status(before) == "running"
        front.trouble = lambda _method, _path: None
        site.goes_on("meanwhile", before)
