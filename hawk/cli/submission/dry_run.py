"""``--dry-run``: what would be started, and where."""

from __future__ import annotations

import msgspec

from hawk.cli.output import show, show_json
from hawk.cli.rendering.values import plural
from hawk.cli.session import Session
from hawk.cli.text import one_line
from hawk.jobs.types import Submission
from hawk.packages.resolve import Resolved
from hawk.specs.eval_set import EvalSetSpec
from hawk.specs.ids import make_id
from hawk.specs.load import LoadedConfig

_RANDOM = 16


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a submission would start. ``id`` ends in ``…`` where the rest of it is made at submission."""

    id: str
    where: str
    backend: str | None
    tasks: tuple[str, ...]
    agents: tuple[str, ...]
    models: tuple[str, ...]
    evals: int
    packages: tuple[str, ...]
    resolved: int | None
    secrets: tuple[str, ...]


def show_plan(
    session: Session, config: LoadedConfig, resolved: Resolved, submission: Submission, *, json: bool
) -> None:
    """Print the plan."""
    plan = _plan(session, config.spec, resolved, submission)
    if json:
        show_json(plan)
        return
    show(f"Would start {plan.id} {session.where}, on the {plan.backend} backend.")
    show(f"  evals     {plan.evals}: {_grid(plan)}")
    for title, names in (("tasks", plan.tasks), ("agents", plan.agents), ("models", plan.models)):
        if names:
            show(f"  {title:<9} {one_line(', '.join(names))}")
    show(f"  packages  {one_line(', '.join(plan.packages)) or 'none but Inspect'}{_resolution(plan)}")
    show(f"  secrets   {one_line(', '.join(plan.secrets)) or 'none'}")
    show("Nothing was started.")


def _plan(session: Session, spec: EvalSetSpec, resolved: Resolved, submission: Submission) -> Plan:
    tasks = tuple(group.qualify(item.name) for group in spec.tasks for item in group.items)
    agents = tuple(
        group.qualify(item.name) for group in (*spec.solvers, *spec.agents) for item in group.items
    )
    models = tuple(group.qualify(item.name) for group in spec.models for item in group.items)
    lock = resolved.lock
    return Plan(
        id=spec.eval_set_id or f"{make_id(spec.name)[:-_RANDOM]}…",
        where=session.where.removeprefix("on "),
        backend=submission.backend,
        tasks=tasks,
        agents=agents,
        models=models,
        evals=len(tasks) * max(len(agents), 1) * max(len(models), 1),
        packages=resolved.requirements,
        resolved=None if lock is None else len(lock.splitlines()),
        secrets=tuple(sorted(submission.secrets)),
    )


def _grid(plan: Plan) -> str:
    parts = [plural(len(plan.tasks), "task")]
    if plan.agents:
        parts.append(plural(len(plan.agents), "agent"))
    parts.append(plural(len(plan.models), "model") if plan.models else "the tasks' own models")
    return " x ".join(parts)


def _resolution(plan: Plan) -> str:
    return " (not validated)" if plan.resolved is None else f" ({plural(plan.resolved, 'package')} resolved)"
