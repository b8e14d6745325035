"""Results of evals that have not ended, in other processes than the one that runs them."""

from __future__ import annotations

import time
from typing import Any

from tests.e2e.conftest import EXAMPLES, Machine
from tests.e2e.test_when_it_hurts import ended, some_done


def listed(machine: Machine) -> list[dict[str, Any]]:
    return machine.json("list", "samples", "--limit", "500")["items"]


def until_some(machine: Machine, seconds: float = 60) -> list[dict[str, Any]]:
    """The first samples that a list shows."""
    deadline = time.monotonic() + seconds
    while not (samples := listed(machine)):
        assert time.monotonic() < deadline
    return samples


def test_finished_samples_are_listed_and_found_while_others_run(machine: Machine) -> None:
    job_id = machine.submit(EXAMPLES / "slow.eval-set.yaml", "--set", "tasks[0].items[0].args.samples=60")
    machine.until(some_done)
    samples = until_some(machine)
    hits = machine.json("search", "What is", "--role", "user", "--limit", "500")["items"]
    status = machine.json("status")
    assert (status["id"], status["status"]) == (job_id, "running")
    assert [one["status"] for one in machine.json("list", "evals")["items"]] == ["started"]
    assert 0 < len(samples) < 60
    assert all(one["scores"] for one in samples)
    assert {one["uuid"] for one in samples} <= {hit["uuid"] for hit in hits}
    machine.hawk("stop", job_id)
    assert machine.until(ended)["status"] == "stopped"
    assert {one["uuid"] for one in samples} <= {one["uuid"] for one in listed(machine)}
