"""The main job: a config, a laptop, results."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from inspect_ai.log import list_eval_logs, read_eval_log

from tests.e2e.conftest import EXAMPLES, Machine


def test_simple_runs_and_its_results_are_read_back(machine: Machine) -> None:
    done = machine.hawk("eval-set", EXAMPLES / "simple.eval-set.yaml")
    assert "on this machine" in done.stderr
    job = machine.json("status")
    assert job["status"] == "succeeded"
    evals = machine.json("list", "evals")["items"]
    assert [one["status"] for one in evals] == ["success"]
    assert evals[0]["scores"]
    assert job["id"] in done.stdout + done.stderr
    jobs = machine.json("list", "jobs")
    assert [one["id"] for one in jobs["items"]] == [job["id"]]
    assert jobs["next"] is None
    sets = machine.json("list", "eval-sets")["items"]
    assert [one["id"] for one in sets] == [job["id"]]
    uuid = machine.json("list", "samples")["items"][0]["uuid"]
    transcript = machine.hawk("transcript", uuid).stdout
    assert uuid in transcript
    assert "## Conversation" in transcript
    raw = machine.hawk("transcript", uuid, "--raw").stdout
    assert f'"uuid": "{uuid}"' in raw or f'"uuid":"{uuid}"' in raw


def test_an_unchanged_second_run_resolves_and_installs_nothing(machine: Machine, tmp_path: Path) -> None:
    config = EXAMPLES / "simple.eval-set.yaml"
    machine.hawk("eval-set", config)
    broken = tmp_path / "bin"
    broken.mkdir()
    (broken / "uv").write_text("#!/bin/sh\nexit 9\n")
    (broken / "uv").chmod(0o755)
    path = f"{broken}:{machine.env['PATH']}"
    machine.hawk("eval-set", config, PATH=path, UV_OFFLINE="1", UV_NO_CACHE="1")
    output = machine.hawk("logs", "-n", "1000").stdout
    assert "nstalled" not in output


def test_the_grid_has_exactly_its_cells(machine: Machine) -> None:
    machine.hawk("eval-set", EXAMPLES / "grid.eval-set.yaml")
    job = machine.json("status")
    logs = [read_eval_log(log) for log in list_eval_logs(job["log_dir"])]
    assert len(logs) == 8, "2 tasks x 2 agents x 2 models"
    expected = {
        (log.eval.eval_id, sample.id, sample.epoch): {
            name: score.value for name, score in (sample.scores or {}).items()
        }
        for log in logs
        for sample in log.samples or []
    }
    listed = machine.json("list", "samples", "--limit", "500")["items"]
    assert {(one["eval_id"], one["sample_id"], one["epoch"]): one["scores"] for one in listed} == expected
    assert len(listed) == len(expected)
    per_cell = {len(log.samples or []) for log in logs}
    assert all(log.eval.config.epochs and log.eval.config.epochs > 1 for log in logs)
    assert job["samples"] == {"done": len(expected), "total": len(expected), "errors": 0}, per_cell


def test_a_task_that_fails_says_so_where_users_look(machine: Machine) -> None:
    done = machine.hawk("eval-set", EXAMPLES / "failing.eval-set.yaml", code=1)
    job = machine.json("status")
    assert job["status"] == "failed"
    assert job["exit_code"] == 1
    assert job["reason"]
    assert job["reason"].split(":")[0] in done.stdout + done.stderr
    assert [a["exit_code"] for a in job["attempts"]] == [1], "a failed eval is never run again by itself"
    assert machine.hawk("wait", code=1)
    errors = machine.json("list", "samples", "--status", "error")["items"]
    assert errors
    assert all(one["error"] for one in errors)


def shown_by_ps() -> str:
    """The command line and the environment of every process, as `ps auxeww` would print them."""
    found: list[str] = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):  # It ended meanwhile.
            found += [*process.cmdline(), *process.environ().values()]
    return "\n".join(found)


def test_secrets_reach_the_task_and_nothing_else(machine: Machine) -> None:
    config = EXAMPLES / "secrets.eval-set.yaml"
    missing = machine.hawk("eval-set", config, code=2)
    names = dict.fromkeys(re.findall(r"--secret (\w+)", missing.stderr))
    assert names
    value = "correct-horse-battery-staple"
    secrets = machine.folder / "secrets.env"
    secrets.write_text("".join(f"{name}={value}\n" for name in names))
    run = machine.start("eval-set", config, "--secrets-file", secrets)
    while run.poll() is None:
        assert value not in shown_by_ps()
    out, err = run.communicate()
    assert run.returncode == 0, out + err
    assert machine.json("status")["status"] == "succeeded"
    scores = [one["score"] for one in machine.json("list", "samples")["items"]]
    assert scores == [1.0] * len(scores)
    kept = [path for path in machine.home.rglob("*") if path.is_file() and not path.is_symlink()]
    assert not [path for path in kept if value.encode() in path.read_bytes()]
    assert value not in out + err + machine.hawk("logs", "-n", "100000").stdout


@pytest.mark.parametrize("name", ["simple", "grid", "secrets", "failing", "slow"])
def test_every_example_dry_runs_without_a_warning(machine: Machine, name: str) -> None:
    flags = ["--secret", "EXAMPLE_SECRET"] if name == "secrets" else []
    config = EXAMPLES / f"{name}.eval-set.yaml"
    done = machine.hawk("eval-set", config, "--dry-run", *flags, EXAMPLE_SECRET="x")
    assert "unknown" not in done.stderr.lower()
    assert machine.json("list", "jobs")["items"] == []
