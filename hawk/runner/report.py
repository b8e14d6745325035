"""The progress of a run as the control channel carries it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from hawk.runner.launch import Attempt
from hawk.runner.tally import Tally
from hawk.specs.control import Phase, Progress, SampleProgress, TaskProgress, TokenCounts


class Report:
    """The newest state of everything: what is planned, what Inspect says, what the hooks have counted."""

    def __init__(self, attempt: Attempt, tally: Tally) -> None:
        self._attempt, self._tally = attempt, tally
        self._lock = threading.Lock()
        self._planned: tuple[TaskProgress, ...] = ()
        self._known: tuple[TaskProgress, ...] = ()
        self.phase: Phase = "loading"
        self.message: str | None = None
        self._running_since: datetime | None = None

    def begin(self) -> None:
        """A task begins to run."""
        self.phase = "running"
        self._running_since = self._running_since or datetime.now(UTC)

    def plan(self, tasks: Iterable[TaskProgress]) -> None:
        """The cells of the grid, none of which has begun."""
        with self._lock:
            self._planned = tuple(tasks)

    def learn(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """What Inspect's control server says of the tasks that it has."""
        known = tuple(self._task_of(row) for row in rows)
        with self._lock:
            self._known = known

    def settle(self, tasks: Iterable[TaskProgress]) -> None:
        """The ends of the evals, from their logs."""
        with self._lock:
            self._known = tuple(tasks)

    def progress(self) -> Progress:
        """A snapshot of now."""
        with self._lock:
            tasks = (*self._known, *_not_among(self._planned, self._known))
        return Progress(
            job_id=self._attempt.plan.job_id,
            launch=self._attempt.plan.launch,
            attempt=self._attempt.number,
            time=datetime.now(UTC),
            phase=self.phase,
            message=self.message,
            tasks=tasks,
            models=self._tally.models(),
            idle=self._tally.idle(),
            tokens=self._tally.all_tokens(),
            running_since=self._running_since,
        )

    def done(self) -> str:
        """``3 of 20 samples``."""
        samples = [task.samples for task in self.progress().tasks]
        return f"{sum(one.done for one in samples)} of {sum(one.total for one in samples)} samples"

    def line(self) -> str:
        """A snapshot in a line, for a log."""
        progress = self.progress()
        samples = [task.samples for task in progress.tasks]
        errors, retries = sum(one.errors for one in samples), sum(one.retries for one in progress.models)
        parts = [
            f"{self.done()} done",
            f"{sum(one.running for one in samples)} running",
            f"{errors} in error" if errors else "",
            f"{progress.tokens.total} tokens",
            f"{retries} retries" if retries else "",
        ]
        return ", ".join(part for part in parts if part)

    def _task_of(self, row: Mapping[str, Any]) -> TaskProgress:
        samples = row["samples"]
        tokens = self._tally.tokens(row["eval_id"])
        if row["total_tokens"] > tokens.total:
            tokens = TokenCounts(tokens.input, tokens.output, row["total_tokens"])
        return TaskProgress(
            task=row["task"],
            model=row["model"],
            solver=row["solver"] or None,
            eval_id=row["eval_id"],
            status="stopping" if row.get("resolving") else row["status"],
            samples=SampleProgress(
                samples["completed"], samples["total"], samples["in_flight"], samples["errored"]
            ),
            tokens=tokens,
        )


def _not_among(planned: Iterable[TaskProgress], known: Iterable[TaskProgress]) -> list[TaskProgress]:
    exact = Counter((one.task, one.model, one.solver) for one in known)
    left: list[TaskProgress] = []
    for task in planned:
        key = (task.task, task.model, task.solver)
        if exact[key] > 0:
            exact[key] -= 1
        else:
            left.append(task)
    rough = Counter({key[:2]: 0 for key in exact})
    for key, count in exact.items():
        rough[key[:2]] += count
    return [task for task in left if not _take(rough, (task.task, task.model))]


def _take(counts: Counter[tuple[str, str | None]], key: tuple[str, str | None]) -> bool:
    if counts[key] <= 0:
        return False
    counts[key] -= 1
    return True
