"""What jobs that are not at their end will install from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from hawk.backends.execution.local.places import LOCK, job_ids, local_root
from hawk.backends.execution.local.supervisor.locks import is_locked
from hawk.backends.execution.local.supervisor.record import PLAN
from hawk.errors import Conflict
from hawk.specs.plan import WHEEL_SCHEME, RunPlan


def used_by_live_jobs(home: Path) -> frozenset[Path]:
    """The wheels and packages of all jobs of this machine that wait or run."""
    return frozenset(path for plan in _live_plans(home) for path in _named_by(plan))


def is_live(folder: Path) -> bool:
    """Whether a job's supervisor lives."""
    return is_locked(folder / LOCK)


def _live_plans(home: Path) -> Iterator[RunPlan]:
    for job_id in job_ids(home):
        folder = local_root(home) / job_id
        if is_live(folder):
            yield _plan(folder / PLAN)


def _plan(path: Path) -> RunPlan:
    try:
        return msgspec.json.decode(path.read_bytes(), type=RunPlan)
    except (OSError, msgspec.DecodeError) as error:
        raise Conflict(
            f"{path} can't be read, so it isn't known what its job needs.",
            fix="Clean when that job has ended.",
        ) from error


def _named_by(plan: RunPlan) -> Iterator[Path]:
    yield Path(plan.hawk_wheel).parent
    for line in (*plan.requirements, *(plan.lock or "").splitlines()):
        _, scheme, address = line.partition(WHEEL_SCHEME)
        if scheme:
            yield Path(plan.wheels) / address.partition("/")[0]
