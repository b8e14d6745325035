"""``hawk list samples``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from hawk.cli.known_names import with_names
from hawk.cli.listing import DEFAULTS, ListOptions, print_list
from hawk.cli.options import (
    AllOfThem,
    Id,
    Model,
    Search,
    Server,
    Since,
    Solver,
    Sort,
    Superseded,
    Task,
    Until,
)
from hawk.cli.rendering.table import Column, table
from hawk.cli.rendering.values import scores, tokens
from hawk.cli.scope import eval_set_scope
from hawk.results.types import Sample, SampleList

_COLUMNS = (
    Column("UUID"),
    Column("TASK", elastic=True),
    Column("MODEL", elastic=True),
    Column("SAMPLE", elastic=True),
    Column("EPOCH", right=True),
    Column("STATUS", status=True),
    Column("SCORES", elastic=True),
    Column("TOKENS", right=True),
    Column("ERROR", elastic=True),
)


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class SampleOptions:
    """Which samples: all that is given must hold."""

    task: Task = None
    model: Model = None
    solver: Solver = None
    status: Annotated[
        Literal["success", "error", "limit"] | None, Parameter(help="Only those that ended so.")
    ] = None
    ended_by: Annotated[
        str | None, Parameter(help="Only those that this limit ended: token, time, message, ….")
    ] = None
    sample: Annotated[str | None, Parameter(help="Only those with this id in their data set.")] = None
    epoch: Annotated[int | None, Parameter(help="Only those of this epoch, from 1 on.")] = None
    score_min: Annotated[float | None, Parameter(help="Only those with this score or more.")] = None
    score_max: Annotated[float | None, Parameter(help="Only those with this score or less.")] = None
    invalidated: Annotated[bool, Parameter(help="Only those that somebody declared invalid.")] = False
    superseded: Superseded = False
    since: Since = None
    until: Until = None
    search: Search = None
    sort: Sort = None

    def query(self) -> dict[str, Any]:
        """The same as the client takes it."""
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        return given | {"sample_id": given.pop("sample"), "invalidated": self.invalidated or None}


EVERY = SampleOptions()


async def list_samples(
    job_id: Id = None,
    /,
    *,
    all_of_them: AllOfThem = False,
    eval_id: Annotated[str | None, Parameter(name="--eval", help="Only those of this eval.")] = None,
    wanted: SampleOptions = EVERY,
    server: Server = None,
    options: ListOptions = DEFAULTS,
) -> None:
    """List samples with their scores, newest first."""
    scope = eval_set_scope(job_id, server, all_of_them=all_of_them or (eval_id is not None and not job_id))
    async with scope as (session, eval_set):

        async def page(size: int, cursor: str | None) -> SampleList:
            return await session.client.samples(
                eval_set=eval_set, eval_id=eval_id, **wanted.query(), limit=size, cursor=cursor
            )

        async def nothing() -> str:
            none = f"No such samples {'of ' + eval_set if eval_set else session.where}."
            asked = {"task": wanted.task, "model": wanted.model, "solver": wanted.solver}
            return await with_names(session.client, none, eval_set, asked)

        await print_list(page, options, _render, shape=Sample, nothing=nothing)
        session.say_pending()


def _render(samples: Sequence[Sample]) -> list[str]:
    return table(_COLUMNS, [_row(sample) for sample in samples])


def _row(sample: Sample) -> list[str]:
    return [
        sample.uuid or sample.id,
        sample.task,
        sample.model,
        str(sample.sample_id),
        str(sample.epoch),
        sample.status,
        scores(sample.scores),
        tokens(sample.tokens),
        _trouble(sample),
    ]


def _trouble(sample: Sample) -> str:
    if sample.error and sample.error.startswith(("CancelledError(", "Cancelled(")):
        return "cancelled"  # Inspect keeps what cancelled it as Python writes it: an address of a task.
    return sample.error or (f"{sample.limit} limit" if sample.limit else "")
