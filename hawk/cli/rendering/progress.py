"""How far a run has come: tasks on models, and what the providers did to its calls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hawk.cli.rendering.table import Column, table
from hawk.cli.rendering.times import duration
from hawk.cli.rendering.values import plural, tokens
from hawk.cli.text import one_line
from hawk.specs.control import ModelProgress, TaskProgress

_COLUMNS = (
    Column("TASK", elastic=True),
    Column("MODEL", elastic=True),
    Column("SOLVER", elastic=True),
    Column("STATUS", status=True),
    Column("SAMPLES", right=True),
    Column("RUNNING", right=True),
    Column("ERRORS", right=True),
    Column("TOKENS", right=True),
)


def task_table(tasks: Sequence[TaskProgress]) -> list[str]:
    """A line for each task on each model; the solver's column only where there is one."""
    rows = [task_row(task) for task in tasks]
    shown = [n for n, head in enumerate(_COLUMNS) if head.title != "SOLVER" or any(row[n] for row in rows)]
    return table([_COLUMNS[n] for n in shown], [[row[n] for n in shown] for row in rows])


def task_row(task: TaskProgress) -> list[str]:
    """The cells of one task."""
    samples = task.samples
    return [
        task.task,
        task.model or "",
        task.solver or "",
        task.status,
        f"{samples.done}/{samples.total}",
        str(samples.running or "-"),
        str(samples.errors or "-"),
        tokens(task.tokens),
    ]


def model_lines(models: Sequence[ModelProgress]) -> Iterator[str]:
    """Models whose calls were tried again or held back."""
    troubled = [model for model in models if model.retries or model.rate_limited]
    if troubled:
        yield ""
    for model in troubled:
        waited = f", waited {duration(model.waited)}" if model.waited else ""
        parts = f"{plural(model.retries, 'retry') if model.retries == 1 else f'{model.retries:,} retries'}"
        yield f"  {one_line(model.model)}: {parts}, {model.rate_limited:,} rate limited{waited}"
