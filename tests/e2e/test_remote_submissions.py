"""Submissions to a server: secrets only where nobody reads along, one job however bad the connection."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.conftest import EXAMPLES, Machine
from tests.servers.hawk import HawkServer
from tests.servers.unsteady import CUT, SWALLOWED, Unsteady, unsteady

LONG = ("--set", "tasks[0].items[0].args.samples=400")
SIMPLE = EXAMPLES / "simple.eval-set.yaml"


@pytest.fixture
def server(tmp_path: Path, caches: Path) -> Iterator[HawkServer]:
    home = tmp_path / "server" / "home"
    home.mkdir(parents=True)
    for name in ("environments", "wheels", "locks"):
        (caches / name).mkdir(exist_ok=True)
        (home / name).symlink_to(caches / name)
    constraint = Path(__file__).parents[2] / "constraints.txt"
    with HawkServer(tmp_path / "server", env={"UV_CONSTRAINT": str(constraint)}) as running:
        yield running


@contextmanager
def behind(server: HawkServer, machine: Machine) -> Iterator[Unsteady]:
    """A machine whose way to the server is unsteady."""
    with unsteady(server.url) as front:
        machine.env.update({**server.client_env, "HAWK_API_URL": front.url})
        yield front


@pytest.mark.parametrize("how", [CUT, SWALLOWED, 502])
def test_a_submission_whose_answer_is_lost_makes_one_job(
    server: HawkServer, machine: Machine, how: str | int
) -> None:
    with behind(server, machine) as front:
        lost = iter([how, how])
        front.trouble = lambda method, path: (
            next(lost, None) if (method, path) == ("POST", "/api/jobs") else None
        )
        done = machine.hawk("eval-set", SIMPLE, "--yes")
        assert front.refused == 2
        assert done.stderr.count("Asking again") == 1
        job = done.stdout.strip()
        assert [one["id"] for one in machine.json("list", "jobs")["items"]] == [job]
        assert machine.hawk("wait", job).returncode == 0


def test_stops_resumes_and_deletions_survive_a_lost_answer(server: HawkServer, machine: Machine) -> None:
    with behind(server, machine) as front:
        job = machine.hawk("eval-set", EXAMPLES / "slow.eval-set.yaml", *LONG, "--yes").stdout.strip()
        for command in (["stop", "--now"], ["resume"], ["stop", "--now"], ["delete"]):
            lost = iter([CUT])
            front.trouble = lambda method, _, lost=lost: (
                next(lost, None) if method in {"POST", "DELETE"} else None
            )
            machine.hawk(*command, job)
            front.trouble = lambda _method, _path: None
            if command == ["resume"]:
                assert machine.json("status", job)["launch"] == 2
        assert machine.json("list", "jobs")["items"] == []


def test_a_wheel_goes_once_and_again_after_a_cut(server: HawkServer, machine: Machine) -> None:
    with behind(server, machine) as front:
        puts: list[str] = []

        def trouble(method: str, path: str) -> str | None:
            if method != "PUT":
                return None
            puts.append(path)
            return SWALLOWED if len(puts) == 1 else None

        front.trouble = trouble
        for _ in range(2):
            machine.hawk("eval-set", SIMPLE, "--yes")
        assert len(puts) == 2, "one that was cut, one that arrived; the second submission sends none"
        assert len(set(puts)) == 1
        assert machine.hawk("wait").returncode == 0


def test_secrets_go_to_no_server_that_others_can_listen_to(machine: Machine) -> None:
    config = EXAMPLES / "secrets.eval-set.yaml"
    secret = {"EXAMPLE_SECRET": "correct-horse"}
    for url in ("http://hawk.example.com", "http://10.1.2.3:8080", "http://127.0.0.1.example.com"):
        done = machine.hawk(
            "eval-set", config, "--secret", "EXAMPLE_SECRET", "--yes", code=2, HAWK_API_URL=url, **secret
        )
        assert f"{url} is not encrypted" in done.stderr
        assert "https://" in done.stderr
        assert "correct-horse" not in done.stderr


def test_a_cloned_folder_can_not_name_who_gets_the_secrets(server: HawkServer, machine: Machine) -> None:
    said = {**server.client_env, "XDG_CONFIG_HOME": "trusting"}
    (machine.work / ".env").write_text("".join(f"{name}={value}\n" for name, value in said.items()))
    trusting = machine.work / "trusting" / "hawk"
    trusting.mkdir(parents=True)
    (trusting / "last-used.json").write_text(json.dumps({"used": [], "trusted": [server.url]}))
    machine.env.pop("XDG_CONFIG_HOME")
    machine.env["HOME"] = str(machine.folder)
    refused = machine.hawk("eval-set", SIMPLE, code=2)
    assert f"your first submission to {server.url}" in refused.stderr
    assert "--yes" in refused.stderr
    assert json.loads(server.http().get("/api/jobs").content)["items"] == []
    machine.hawk("eval-set", SIMPLE, "--yes")
    machine.hawk("eval-set", SIMPLE)
