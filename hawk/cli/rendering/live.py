"""The live table of a job, made with rich."""

from __future__ import annotations

from datetime import UTC, datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from hawk.cli.rendering.progress import model_lines
from hawk.cli.rendering.times import duration
from hawk.cli.rendering.values import counts, plural, tokens
from hawk.cli.text import one_line
from hawk.jobs.types import JobDetail
from hawk.specs.control import TaskProgress

_BAR = 20


def live_view(job: JobDetail) -> RenderableType:
    """State, tasks by models with their samples, and the time that is left."""
    grid = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for title in ("TASK", "MODEL", ""):
        grid.add_column(title, overflow="ellipsis", no_wrap=True)
    for title in ("SAMPLES", "ERRORS", "TOKENS"):
        grid.add_column(title, justify="right", no_wrap=True)
    for task in job.tasks:
        grid.add_row(*(Text(cell) for cell in _row(task)))
    troubles = [Text(line) for line in model_lines(job.models)]
    return Group(
        Text(_head(job), style="bold"), grid, *troubles, Text("Ctrl-C leaves it running.", style="dim")
    )


def time_left(job: JobDetail, now: datetime) -> float | None:
    """Seconds until all samples are done at the pace so far, None where nothing tells."""
    total, done = job.samples.total, job.samples.done
    if not total or not done or job.started_at is None or done >= total:
        return None
    return (total - done) * (now - job.started_at).total_seconds() / done


def _head(job: JobDetail) -> str:
    word = "stopping" if job.stopping else job.status.value
    errors = f", {plural(job.samples.errors, 'error')}" if job.samples.errors else ""
    left = time_left(job, datetime.now(UTC))
    ahead = f", about {duration(left)} left" if left is not None else ""
    reason = "" if job.samples.total else f" - {one_line(job.reason or '')}"
    return f"{job.id} {word}: {counts(job.samples)} samples{errors}{ahead}{reason}"


def _row(task: TaskProgress) -> list[str]:
    done, total = task.samples.done, task.samples.total
    full = round(_BAR * done / total) if total else 0
    name = f"{task.task} ({task.solver})" if task.solver else task.task
    return [
        one_line(name),
        one_line(task.model or ""),
        "█" * full + "░" * (_BAR - full),
        f"{done}/{total}",
        str(task.samples.errors or "-"),
        tokens(task.tokens),
    ]
