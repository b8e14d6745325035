"""Crashes, kills and stops, at the worst moments."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

from inspect_ai.log import list_eval_logs, read_eval_log

from tests.e2e.conftest import EXAMPLES, Machine

SLOW = EXAMPLES / "slow.eval-set.yaml"


def some_done(status: dict[str, Any]) -> bool:
    return status["status"] == "running" and 0 < status["samples"]["done"] < status["samples"]["total"]


def ended(status: dict[str, Any]) -> bool:
    return status["completed_at"] is not None


def sample_runs(log_dir: str | Path) -> dict[tuple[str, str | int, int], set[str]]:
    """The uuids under which each sample was finished, over all logs."""
    found: dict[tuple[str, str | int, int], set[str]] = {}
    for log in list_eval_logs(str(log_dir)):
        read = read_eval_log(log)
        for sample in read.samples or []:
            if sample.scores and not sample.error:
                key = (read.eval.task_id, sample.id, sample.epoch)
                found.setdefault(key, set()).add(sample.uuid or "")
    return found


def test_a_killed_runner_is_started_again_and_no_finished_sample_runs_twice(machine: Machine) -> None:
    machine.submit(SLOW)
    machine.until(some_done)
    machine.runner().send_signal(signal.SIGKILL)
    again = machine.until(lambda s: s["attempt"] == 2 and s["status"] == "running")
    assert again["attempts"][0]["cause"] == "killed by SIGKILL"
    final = machine.until(ended, 120)
    assert final["status"] == "succeeded"
    assert final["samples"]["done"] == final["samples"]["total"]
    runs = sample_runs(final["log_dir"])
    assert len(runs) == final["samples"]["total"]
    assert all(len(uuids) == 1 for uuids in runs.values())


def test_a_killed_supervisor_makes_the_job_lost_and_resume_completes_it(machine: Machine) -> None:
    job_id = machine.submit(SLOW)
    machine.until(some_done)
    runner = machine.runner()
    machine.supervisor(job_id).send_signal(signal.SIGKILL)
    lost = machine.until(ended)
    assert lost["status"] == "lost"
    assert lost["reason"]
    assert not runner.is_running() or runner.status() == "zombie"
    assert machine.processes() == []
    machine.hawk("wait", code=1)
    machine.hawk("resume")
    final = machine.json("status")
    assert final["status"] == "succeeded"
    assert final["launch"] == 2
    assert all(len(uuids) == 1 for uuids in sample_runs(final["log_dir"]).values())


def test_a_stop_is_terminal_and_leaves_no_process(machine: Machine) -> None:
    job_id = machine.submit(SLOW)
    machine.until(some_done)
    machine.hawk("stop", "--timeout", "10")
    status = machine.json("status")
    assert status["status"] == "stopped"
    assert machine.processes() == []
    assert machine.json("list", "samples")["items"], "what was done is kept"
    machine.hawk("resume", job_id)
    assert machine.json("status")["status"] == "succeeded"


def test_a_stop_now_ends_it_at_once(machine: Machine) -> None:
    machine.submit(SLOW)
    machine.until(some_done)
    machine.hawk("stop", "--now", "--timeout", "10")
    assert machine.json("status")["status"] == "stopped"
    assert machine.processes() == []


def test_the_cli_may_die_and_the_run_goes_on(machine: Machine) -> None:
    cli = machine.start("eval-set", SLOW)
    machine.until_id()
    machine.until(some_done)
    cli.send_signal(signal.SIGKILL)
    cli.wait()
    assert machine.until(ended, 120)["status"] == "succeeded"


def test_ctrl_c_once_stops_gracefully_and_keeps_what_is_done(machine: Machine) -> None:
    cli = machine.start("eval-set", SLOW)
    machine.until_id()
    machine.until(some_done)
    cli.send_signal(signal.SIGINT)
    out, err = cli.communicate(timeout=60)
    assert cli.returncode == 130, out + err
    assert machine.json("status")["status"] == "stopped"
    assert machine.json("list", "samples")["items"]
    assert machine.processes() == []


def test_ctrl_c_twice_ends_at_once(machine: Machine) -> None:
    cli = machine.start("eval-set", SLOW)
    machine.until_id()
    machine.until(some_done)
    cli.send_signal(signal.SIGINT)
    machine.until(lambda s: s["stopping"] or ended(s))
    cli.send_signal(signal.SIGINT)
    cli.communicate(timeout=30)
    assert cli.returncode == 130
    assert machine.json("status")["status"] == "stopped"
    assert machine.processes() == []


def test_two_submissions_at_the_same_instant_are_two_jobs(machine: Machine) -> None:
    config = EXAMPLES / "simple.eval-set.yaml"
    both = [machine.start("eval-set", config, "--detach") for _ in range(2)]
    assert [child.wait(timeout=120) for child in both] == [0, 0]
    jobs = machine.json("list", "jobs")["items"]
    assert len({job["id"] for job in jobs}) == 2
    for job in jobs:
        machine.hawk("wait", job["id"])


def test_more_jobs_than_slots_wait_in_line(machine: Machine) -> None:
    limits = {"HAWK_CONFIG": str(machine.folder / "hawk.toml")}
    (machine.folder / "hawk.toml").write_text("[local]\nmax_running = 1\n")
    # The first is slow, so that it still has the slot when the second comes, however busy the machine is.
    for config in (SLOW, EXAMPLES / "simple.eval-set.yaml"):
        machine.hawk("eval-set", config, "--detach", **limits)
    waiting, running = machine.json("list", "jobs")["items"]
    assert waiting["status"] == "queued"
    assert "1 of 1 running" in waiting["reason"]
    machine.hawk("stop", running["id"], "--now")
    assert machine.hawk("wait", waiting["id"])
    assert [job["status"] for job in machine.json("list", "jobs")["items"]] == ["succeeded", "stopped"]


def test_delete_ends_a_running_job_and_keeps_its_logs(machine: Machine) -> None:
    job_id = machine.submit(SLOW)
    log_dir = machine.until(some_done)["log_dir"]
    refused = machine.hawk("delete", job_id, code=2)
    assert "--yes" in refused.stderr
    machine.hawk("delete", job_id, "--yes")
    assert machine.processes() == []
    assert machine.json("list", "jobs")["items"] == []
    assert list(Path(log_dir).glob("*.eval"))
    assert not (machine.home / "local" / job_id).exists()
