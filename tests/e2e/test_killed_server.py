"""A server that is killed (-9) at any step of what it was asked, and a client that asks again.

``HAWK_TEST_SEED`` chooses other lines to die at; the steps that write are all tried, whatever it is.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
import pytest
from psycopg import sql

from tests.e2e.deployment import (
    SPEC,
    MortalServer,
    Nursery,
    end_all,
    end_job,
    job,
    launches,
    processes,
    said_of,
    until,
)

SEED = int(os.environ.get("HAWK_TEST_SEED", "1"))
LINES = int(os.environ.get("HAWK_TEST_LINES", "3"))
"""At how many lines it is killed, besides the steps that write."""

pytestmark = pytest.mark.timeout(1800)
SECRET = "s3cret-of-the-killed-{}"


class Scene:
    """One server, and one request after another that it dies of."""

    def __init__(self, folder: Path, database_url: str, nursery: Nursery, *, lines: bool) -> None:
        self.folder = folder
        self.database_url = database_url
        self.lines = lines
        self.armed = folder / "armed"
        env = {"HAWK_DATABASE_URL": database_url, "MORTAL_ARMED": str(self.armed)}
        self.server = MortalServer(nursery, folder, env=env | ({"MORTAL_LINES": "1"} if lines else {}))
        self.server.configure("[local]\nmax_running = 1000\nstop_grace = 1.0\n")
        self.number = 0

    def ask(self, method: str, path: str, body: Any = None) -> httpx.Response | None:
        """One request; None where the server died of it."""
        try:
            with self.server.http() as http:
                return http.request(method, path, json=body)
        except httpx.TransportError:
            return None

    def ask_until_answered(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """What a client does whose server died: it asks the next one the same."""
        answer = self.ask(method, path, body)
        if answer is None:
            self.server.restart()
            answer = self.ask(method, path, body)
        assert answer is not None
        return answer

    def submission(self, **spec: Any) -> dict[str, Any]:
        """A new submission of a job that stays until it is told to end."""
        self.number += 1
        key = f"key-{self.number}"
        config = {**SPEC, "name": key, "hold": True, "ledger": str(self.folder / "ledger"), **spec}
        return {"key": key, "kind": "eval-set", "spec": config, "secrets": {"A": SECRET.format(self.number)}}

    def submitted(self, **spec: Any) -> str:
        """A job that runs."""
        answer = self.ask_until_answered("POST", "/api/jobs", self.submission(**spec))
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def steps(self, method: str, path: str, body: Any) -> list[int]:
        """The steps of a request to die at, counted by making it: all that write, or some lines."""
        self.armed.write_text("0")
        answer = self.ask(method, path, body)
        self.armed.unlink()
        assert answer is not None
        assert answer.is_success, answer.text
        count = int(self.armed.with_suffix(".count").read_text())
        assert count > (100 if self.lines else 5)
        every = range(1, count + 1)
        return sorted(random.Random(SEED).sample(every, LINES)) if self.lines else list(every)

    def die_of(self, point: int, method: str, path: str, body: Any = None) -> httpx.Response:
        """Make a request that the server dies of at a step, then again to its successor. Gives the answer."""
        self.armed.write_text(str(point))
        answer = self.ask(method, path, body)
        self.armed.unlink()
        return answer if answer is not None else self.ask_until_answered(method, path, body)

    def starts(self, job_id: str) -> list[str]:
        """What the runners of a job wrote down when they started."""
        ledger = self.folder / "ledger"
        return [line for line in ledger.read_text().splitlines() if job_id in line] if ledger.exists() else []

    def job(self, job_id: str) -> dict[str, Any]:
        with self.server.http() as http:
            return job(http, job_id)

    def secrets_found(self) -> list[str]:
        """Where any of the secrets is besides the memory of supervisors and runners."""
        needle = SECRET.format("")
        files = (path for path in self.folder.rglob("*") if path.is_file())
        found = [str(path) for path in files if needle.encode() in path.read_bytes()]
        found += [str(one) for one in psutil.process_iter() if needle in said_of(one)]
        return found + [name for name, text in self.rows().items() if needle in text]

    def rows(self) -> dict[str, str]:
        """The whole database, a text for each table."""
        with psycopg.connect(self.database_url) as conn:
            listed = conn.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            tables = [name for (name,) in listed]
            query = sql.SQL("SELECT coalesce(string_agg(t::text, ' '), '') FROM {} t")
            return {name: str(conn.execute(query.format(sql.Identifier(name))).fetchall()) for name in tables}


@pytest.fixture(params=[False, True], ids=["steps", "lines"])
def scene(request: pytest.FixtureRequest, tmp_path: Path, postgres_url: str) -> Iterator[Scene]:
    nursery = Nursery()
    made = Scene(tmp_path, postgres_url, nursery, lines=request.param)
    with made.server:
        yield made
    nursery.close()
    end_all([made.server.home])


def test_a_submission_is_one_job_launched_once(scene: Scene) -> None:
    points = scene.steps("POST", "/api/jobs", scene.submission())
    for made, point in enumerate(points, 2):
        submission = scene.submission()
        answer = scene.die_of(point, "POST", "/api/jobs", submission)
        assert answer.status_code == 201, (point, answer.text)
        job_id = answer.json()["id"]
        with scene.server.http() as http:
            listed = http.get("/api/jobs", params={"limit": 500}).json()["items"]
        assert len([one for one in listed if one["name"] == submission["key"]]) == 1, point
        assert len({one["id"] for one in listed}) == made, point
        until(lambda job_id=job_id: scene.starts(job_id))
        assert launches([scene.server.home], job_id) == [1], point
        if point in {points[0], points[len(points) // 2], points[-1]}:
            assert scene.secrets_found() == []
        end_job(scene.server.home, job_id)
    assert scene.secrets_found() == []
    assert len(scene.starts("")) == len(points) + 1


def test_a_stop_stops(scene: Scene) -> None:
    for point in scene.steps("POST", f"/api/jobs/{scene.submitted()}/stop", {}):
        job_id = scene.submitted()
        answer = scene.die_of(point, "POST", f"/api/jobs/{job_id}/stop", {})
        assert answer.is_success, (point, answer.text)
        until(lambda job_id=job_id: not processes(job_id))
        scene.ask("POST", f"/api/jobs/{job_id}/stop", {})
        shown = scene.job(job_id)
        assert (shown["status"], shown["stopping"]) == ("stopped", False), point
        assert [one["status"] for one in shown["transitions"]].count("stopped") == 1, point
        assert launches([scene.server.home], job_id) == [1], point


def test_a_resume_is_one_launch_more(scene: Scene) -> None:
    for point in scene.steps("POST", f"/api/jobs/{ended(scene)}/resume", resume()):
        job_id = ended(scene)
        answer = scene.die_of(point, "POST", f"/api/jobs/{job_id}/resume", resume())
        assert answer.status_code == 201, (point, answer.text)
        assert answer.json()["launch"] == 2, point
        until(lambda job_id=job_id: len(scene.starts(job_id)) == 2)
        assert launches([scene.server.home], job_id) == [1, 2], point
    assert scene.secrets_found() == []


def test_a_deletion_leaves_nothing(scene: Scene) -> None:
    for point in scene.steps("DELETE", f"/api/jobs/{scene.submitted()}", None):
        job_id = scene.submitted()
        answer = scene.die_of(point, "DELETE", f"/api/jobs/{job_id}")
        assert answer.status_code in {204, 404}, (point, answer.text)
        assert processes(job_id) == [], point
        assert not (scene.server.home / "local" / job_id).exists(), point
        gone = scene.ask("GET", f"/api/jobs/{job_id}")
        assert gone is not None
        assert gone.status_code == 404, point


def ended(scene: Scene) -> str:
    """A job that failed."""
    job_id = scene.submitted(hold=False, ends=1)
    until(lambda: not processes(job_id))
    scene.ask("POST", f"/api/jobs/{job_id}/stop", {})
    assert scene.job(job_id)["status"] == "failed"
    return job_id


def resume() -> dict[str, Any]:
    """A request to launch again."""
    return {"key": f"again-{random.random()}", "secrets": {"A": SECRET.format("again")}}
