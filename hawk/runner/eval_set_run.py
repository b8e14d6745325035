"""Loads what a plan names, and runs it with Inspect."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from inspect_ai import eval_set  # pyright: ignore[reportUnknownVariableType]
from inspect_ai.log import EvalLog

from hawk.runner.approval import approval_of
from hawk.runner.console import Console
from hawk.runner.control_socket import reachable_socket
from hawk.runner.errors_only import only_errors
from hawk.runner.grid import Cell, Grid
from hawk.runner.hooks import Listener, listen
from hawk.runner.launch import Attempt
from hawk.runner.options import eval_set_options, refuse_unknown
from hawk.runner.praise import no_praise
from hawk.runner.refusals import Refusals
from hawk.runner.registry import Registry
from hawk.runner.report import Report
from hawk.runner.signals import TakeBack
from hawk.runner.stopping import Stopping
from hawk.runner.summary import progress_of
from hawk.runner.tally import Tally
from hawk.specs.control import SampleProgress, TaskProgress
from hawk.specs.eval_set import EvalSetSpec


class EvalSetRun:
    """One run of an eval set in this process."""

    def __init__(
        self,
        attempt: Attempt,
        console: Console,
        tally: Tally,
        report: Report,
        stopping: Stopping,
        on_task: TakeBack,
    ) -> None:
        self._attempt, self._console, self._on_task = attempt, console, on_task
        self._tally, self._report, self._stopping = tally, report, stopping

    def run(self, spec: EvalSetSpec, *, direct: bool = False) -> list[EvalLog]:
        """The headers of the logs, one for each cell. Raises :class:`InvalidConfig` where it can never work.

        ``direct``: in the user's own process, where what isn't installed is named with what to type, and
        Inspect draws no full screen: that takes the keyboard, Ctrl-C and a debugger's prompt with it.
        ``KeyboardInterrupt`` says that the run was cancelled from outside.
        """
        refuse_unknown(spec.extra)
        registry = Registry(self._console, installs=direct)
        grid = Grid(spec, self._console, registry)
        roles, cells = grid.roles(), grid.cells()
        approval = approval_of(spec.approval, registry)
        display = ("plain" if direct else "full") if self._console.has_terminal else "none"
        options = eval_set_options(spec, self._attempt, display, roles, approval)
        self._console.say(_loaded(cells))
        self._tally.know_models(
            {str(cell.task.model) for cell in cells} | {str(one) for one in roles.values()}
        )
        if self._attempt.plan.errors_only:
            cells = only_errors(cells, options, self._console)
        return self._run(cells, options) if cells else []

    def _run(self, cells: Sequence[Cell], options: dict[str, Any]) -> list[EvalLog]:
        self._report.plan(map(_planned, cells))
        self._stopping.begin_run(len(cells))
        listen(Listener(self._tally, self._console.say, self._begin, self._on_task))
        self._console.follow_warnings()
        with (
            reachable_socket(),
            Refusals(begun=lambda: self._report.phase == "running"),
            no_praise(lambda: self._stopping.cut_short),
        ):
            _, logs = eval_set([cell.task for cell in cells], **options)
        self._report.phase = "finishing"
        self._report.settle(map(progress_of, logs))
        return logs

    def _begin(self, cancel: Any) -> None:
        self._stopping.on_run(cancel)
        self._report.begin()


def _loaded(cells: Sequence[Cell]) -> str:
    samples = sum(cell.samples for cell in cells)
    return f"Loaded {_count(len(cells), 'task')} with {_count(samples, 'sample')} in all."


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def _planned(cell: Cell) -> TaskProgress:
    return TaskProgress(
        task=cell.name,
        model=cell.model,
        solver=cell.solver.split("/")[-1] if cell.solver else None,
        samples=SampleProgress(total=cell.samples),
    )
