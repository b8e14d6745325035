"""A database that is lost while a job runs: the storage has all that is needed to go on."""

from __future__ import annotations

from tests.e2e.conftest import EXAMPLES, Machine
from tests.e2e.test_when_it_hurts import ended, some_done


def test_a_running_job_comes_back_and_can_be_stopped(machine: Machine) -> None:
    job_id = machine.submit(EXAMPLES / "slow.eval-set.yaml", "--set", "tasks[0].items[0].args.samples=60")
    machine.until(some_done)
    for path in machine.home.glob("hawk.db*"):
        path.unlink()
    assert machine.json("list", "jobs")["items"] == []
    machine.hawk("db", "check", code=1)
    done = machine.hawk("db", "rebuild", "--yes")
    assert "1 job" in done.stdout
    back = machine.until(lambda status: status["status"] == "running")
    assert back["id"] == job_id
    assert back["samples"]["done"] > 0
    machine.hawk("stop", job_id)
    assert machine.until(ended)["status"] == "stopped"
    machine.hawk("worker", "--once")
    assert "Storage and database agree" in machine.hawk("db", "check", "--deep").stdout
    machine.hawk("resume", job_id)
    assert machine.until(ended)["status"] == "succeeded"


def test_a_worker_follows_a_job_and_commands_work_beside_it(machine: Machine) -> None:
    worker = machine.start("worker")
    try:
        machine.hawk("eval-set", EXAMPLES / "simple.eval-set.yaml")
        assert len(machine.json("list", "samples")["items"]) == 10
        assert "Storage and database agree" in machine.hawk("db", "check", "--deep").stdout
    finally:
        worker.terminate()
        _, err = worker.communicate(timeout=60)
    assert worker.returncode == 0
    assert "Traceback" not in err
