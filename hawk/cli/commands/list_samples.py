"""``hawk list samples``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from cyclopts import Parameter

from hawk.cli.listing import DEFAULTS, ListOptions, print_list
from hawk.cli.options import AllOfThem, Id, Search, Server, Since
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


async def list_samples(
    job_id: Id = None,
    /,
    *,
    all_of_them: AllOfThem = False,
    eval_id: Annotated[str | None, Parameter(name="--eval", help="Only those of this eval.")] = None,
    status: Annotated[
        Literal["success", "error", "limit"] | None, Parameter(help="Only those that ended so.")
    ] = None,
    since: Since = None,
    search: Search = None,
    server: Server = None,
    options: ListOptions = DEFAULTS,
) -> None:
    """List samples with their scores, newest first."""
    scope = eval_set_scope(job_id, server, all_of_them=all_of_them or (eval_id is not None and not job_id))
    async with scope as (session, eval_set):

        async def page(size: int, cursor: str | None) -> SampleList:
            return await session.client.samples(
                eval_set=eval_set,
                eval_id=eval_id,
                status=status,
                since=since,
                search=search,
                limit=size,
                cursor=cursor,
            )

        nothing = f"No such samples {'of ' + eval_set if eval_set else session.where}."
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
