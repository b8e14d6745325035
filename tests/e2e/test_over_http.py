"""A job of the local backend that tells `hawk serve` over HTTP how it stands, and a server that is killed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Machine
from tests.servers.hawk import HawkServer

CONFIG = """
name: far
tasks:
  - package: TASKS
    name: hawk_examples
    items: [{name: slow, args: {samples: 900, seconds: 1}}]
models:
  - package: TASKS
    name: scripted
    items: [{name: careful}]
max_samples: 2
"""


@pytest.fixture
def server(machine: Machine) -> Iterator[HawkServer]:
    """A server without a worker: what it knows of a running job it heard over HTTP."""
    env = {"UV_CONSTRAINT": machine.env["UV_CONSTRAINT"], "HAWK_ALLOW_LOCAL_BACKEND": "true"}
    made = HawkServer(machine.folder / "served", home=machine.home, env=env, args=("--no-worker",))
    made.configure('[local]\nchannel = "http"\n')
    with made:
        yield made


def until(server: HawkServer, job_id: str, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    deadline = time.monotonic() + 240
    with server.http() as http:
        while not condition(shown := http.get(f"/api/jobs/{job_id}").json()):
            assert time.monotonic() < deadline, shown
            time.sleep(0.2)
    return shown


def test_a_job_is_followed_and_stopped_though_its_server_is_killed(
    machine: Machine, server: HawkServer, tmp_path: Path
) -> None:
    config = machine.config(CONFIG)
    machine.hawk("eval-set", config, "--detach", "--yes", **server.client_env)
    with server.http() as http:
        job_id = http.get("/api/jobs").json()["items"][0]["id"]
    shown = until(server, job_id, lambda job: job["samples"]["done"] >= 2)
    assert (shown["status"], shown["samples"]["total"]) == ("running", 900)

    server.kill()
    time.sleep(3)  # some heartbeats find nobody
    server.restart()
    done = shown["samples"]["done"]
    until(server, job_id, lambda job: job["samples"]["done"] >= done + 4)

    machine.hawk("stop", job_id, "--no-wait", **server.client_env)
    shown = until(server, job_id, lambda job: job["phase"] == "finishing" or job["completed_at"] is not None)
    machine.hawk("wait", job_id, "--server", "local", code=1)  # settles it: this server has no worker
    assert until(server, job_id, lambda job: job["status"] == "stopped")["samples"]["errors"] == 0
    assert len(list(machine.home.glob(f"storage/evals/{job_id}/*.eval"))) == 1
    lines = [line for line in server.log.read_text().splitlines() if "/heartbeat" in line]
    assert not [line for line in lines if '"status":200' in line], "a line of each would hide all others"
    log = (machine.home / "local" / job_id / "output.log").read_text()
    assert "Traceback" not in log
    assert not [
        path
        for path in (machine.home / "local" / job_id).rglob("*")
        if path.is_file() and b'"HAWK_JOB_TOKEN"' in path.read_bytes()
    ]
