"""Runs again what ended in error, and nothing else.

Inspect goes on with a log by running every sample that it lacks. To keep it from the samples that never
ran, each task gets Inspect's early stopping, which is asked before a sample begins. With the last sample
that is wanted the task is drained: so its log says how many samples it holds, and a later run of everything
knows that some are missing.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import msgspec
from inspect_ai import (
    eval_set,  # pyright: ignore[reportUnknownVariableType]
    task_identifier,
    task_with,  # pyright: ignore[reportUnknownVariableType]
)
from inspect_ai.log import EvalLogInfo, list_eval_logs, read_eval_log, read_eval_log_sample_summaries
from inspect_ai.util import EarlyStop, EarlyStopping

from hawk.runner.console import Console
from hawk.runner.control_server import ControlServer, Refused, Silent
from hawk.runner.grid import Cell

if TYPE_CHECKING:
    from inspect_ai.dataset import Sample
    from inspect_ai.log import EvalSpec
    from inspect_ai.scorer import SampleScore

Pair = tuple[str | int, int]
"""A sample's id, and the epoch."""

_CAPTURE = "INSPECT_EVAL_SET_CAPTURE"


class _CapturedTask(msgspec.Struct):
    name: str
    identifier: str


class _Captured(msgspec.Struct):
    tasks: list[_CapturedTask]


_limits: dict[str, _OnlyThese] = {}


def only_errors(cells: Sequence[Cell], options: dict[str, Any], console: Console) -> list[Cell]:
    """The cells that have samples in error, made so that they run nothing else.

    ``options`` are the arguments of ``eval_set``; the logs of the other cells are allowed in the folder.
    """
    errors = _errors_by_identifier(options["log_dir"])
    wanted = [
        (cell, errors.get(name)) for cell, name in zip(cells, _identifiers(cells, options), strict=True)
    ]
    chosen = [(cell, pairs) for cell, pairs in wanted if pairs]
    count = sum(len(pairs) for _, pairs in chosen)
    console.say(f"Running again only what ended in error: {count} sample{'s' * (count != 1)}.")
    options["log_dir_allow_dirty"] = True
    return [_limited(cell, frozenset(pairs)) for cell, pairs in chosen]


async def sample_ended(eval_id: str, sample_id: str | int, epoch: int) -> None:
    """To be told of every sample that has come to its end, before the eval does."""
    if eval_id in _limits:
        await _limits[eval_id].ended((sample_id, epoch))


def _limited(cell: Cell, pairs: frozenset[Pair]) -> Cell:
    task = task_with(cell.task, early_stopping=_OnlyThese(pairs))
    return Cell(task, cell.name, cell.model, cell.solver, cell.samples)


class _OnlyThese(EarlyStopping):
    """Lets these samples begin, no other, and drains the task with the end of the last of them."""

    def __init__(self, pairs: frozenset[Pair]) -> None:
        self._pairs, self._left = pairs, set(pairs)
        self._task_id = ""

    async def ended(self, pair: Pair) -> None:
        self._left.discard(pair)
        if not self._left:
            await anyio.to_thread.run_sync(_drain, self._task_id)

    async def start_task(self, task: EvalSpec, samples: list[Sample], epochs: int) -> str:  # noqa: ARG002
        self._task_id = task.task_id
        _limits[task.eval_id] = self
        return "hawk: errors only"

    async def schedule_sample(self, id: str | int, epoch: int) -> EarlyStop | None:  # noqa: A002
        if (id, epoch) in self._pairs:
            return None
        return EarlyStop(id=id, epoch=epoch, reason="only samples that ended in error run again")

    async def complete_sample(
        self,
        id: str | int,  # noqa: A002
        epoch: int,
        scores: dict[str, SampleScore],
    ) -> None:
        """Nothing is learnt from a score."""

    async def complete_task(self) -> dict[str, Any]:
        return {}


def _drain(task_id: str) -> None:
    try:
        ControlServer().drain_task(task_id)
    except (Silent, Refused):
        return  # A later run of everything will not see what is missing; the samples are right all the same.


def _errors_by_identifier(log_dir: str) -> dict[str, set[Pair]]:
    """The samples that ended in error, by the identifier of the task, as its newest log has them."""
    newest: dict[str, EvalLogInfo] = {}
    for info in list_eval_logs(log_dir, descending=False):
        newest[task_identifier(read_eval_log(info, header_only=True), None)] = info
    return {name: _errors_of(info) for name, info in newest.items()}


def _errors_of(info: EvalLogInfo) -> set[Pair]:
    return {(one.id, one.epoch) for one in read_eval_log_sample_summaries(info) if one.error is not None}


def _identifiers(cells: Sequence[Cell], options: Mapping[str, Any]) -> list[str]:
    """By what Inspect pairs each cell with its logs. It enumerates an eval set for runners such as this."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "captured.json"
        with _captured(path):
            eval_set([cell.task for cell in cells], **options)
        captured = msgspec.convert(json.loads(path.read_bytes()), _Captured)
    return [task.identifier for task in captured.tasks]


@contextmanager
def _captured(path: Path) -> Generator[None]:
    os.environ[_CAPTURE] = str(path)
    try:
        yield
    except SystemExit:  # So Inspect ends when it has written the enumeration.
        return
    finally:
        del os.environ[_CAPTURE]
