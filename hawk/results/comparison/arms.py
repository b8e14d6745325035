"""Samples put together by task, model and solver."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import fmean
from typing import Any

import msgspec

from hawk.results.comparison.estimates import estimate
from hawk.results.comparison.types import Arm, ArmSamples
from hawk.specs.control import TokenCounts

Key = tuple[str, str, str, bytes]
_ERROR = "error"


class EvalRow(msgspec.Struct, frozen=True, kw_only=True):
    """What an eval ran. ``log_id`` is its log's."""

    log_id: int
    task: str
    model: str
    solver: str | None
    task_args: dict[str, Any] | None
    headline_scorer: str | None

    @property
    def key(self) -> Key:
        """The same for evals that did the same."""
        args = msgspec.json.encode(self.task_args or {}, order="deterministic")
        return self.task, self.model, self.solver or "", args


class SampleRow(msgspec.Struct, frozen=True, kw_only=True):
    """One epoch of a sample. ``name`` is its uuid, or Hawk's id where it has none."""

    log_id: int
    name: str
    sample_id: str
    epoch: int
    status: str
    number: float | None
    tokens: TokenCounts
    cost: float | None
    total_time: float | None
    working_time: float | None


class Gathered(msgspec.Struct, frozen=True):
    """An arm's samples: all epochs of each sample id, and the mean of each that has a number."""

    eval: EvalRow
    scorer: str | None
    epochs: dict[str, list[SampleRow]]
    means: dict[str, float]

    def rows(self) -> list[SampleRow]:
        """Every epoch."""
        return [row for rows in self.epochs.values() for row in rows]

    def numbers(self) -> list[float]:
        """Every score, one an epoch."""
        return [row.number for row in self.rows() if row.number is not None]


def gather(evals: Iterable[EvalRow], samples: Iterable[SampleRow], scorer: str | None) -> list[Gathered]:
    """The arms of one id by task, model and solver. Evals that did the same are further epochs of one."""
    of_log = {one.log_id: one for one in evals}
    first = {one.key: one for one in reversed(of_log.values())}
    epochs: dict[Key, dict[str, list[SampleRow]]] = {one.key: {} for one in of_log.values()}
    for row in samples:
        epochs[of_log[row.log_id].key].setdefault(row.sample_id, []).append(row)
    return [
        Gathered(first[key], scorer or first[key].headline_scorer, rows, _means(rows))
        for key, rows in ((key, epochs[key]) for key in sorted(epochs))
    ]


def arm_of(one: Gathered, compared: str) -> Arm:
    """An arm as the API shows it, not compared with anything yet."""
    rows, accuracy = one.rows(), estimate(list(one.means.values()))
    return Arm(
        id=compared,
        task=one.eval.task,
        model=one.eval.model,
        solver=one.eval.solver,
        task_args=one.eval.task_args,
        scorer=one.scorer,
        score=accuracy.mean,
        stderr=accuracy.stderr,
        samples=_counts(one, rows),
        tokens=TokenCounts(
            input=sum(row.tokens.input for row in rows),
            output=sum(row.tokens.output for row in rows),
            total=sum(row.tokens.total for row in rows),
        ),
        cost=_sum([row.cost for row in rows]),
        total_time=_sum([row.total_time for row in rows]),
        working_time=_sum([row.working_time for row in rows]),
    )


def _means(epochs: dict[str, list[SampleRow]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for sample_id, rows in epochs.items():
        if numbers := [row.number for row in rows if row.number is not None]:
            found[sample_id] = fmean(numbers)
    return found


def _counts(one: Gathered, rows: list[SampleRow]) -> ArmSamples:
    unscored = sum(row.number is None and row.status != _ERROR for row in rows)
    errors = sum(row.status == _ERROR for row in rows)
    return ArmSamples(len(one.means), len(one.epochs), len(rows), errors, unscored)


def _sum(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known and len(known) == len(values) else None
