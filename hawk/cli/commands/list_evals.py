"""``hawk list evals``."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated, Literal

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
from hawk.cli.rendering.evals import eval_table
from hawk.cli.scope import eval_set_scope
from hawk.results.types import Eval, EvalList


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class EvalOptions:
    """Which evals: all that is given must hold."""

    task: Task = None
    model: Model = None
    solver: Solver = None
    status: Annotated[
        Literal["started", "success", "cancelled", "error"] | None,
        Parameter(help="Only those that stand so."),
    ] = None
    tag: Annotated[str | None, Parameter(help="Only those with this tag.")] = None
    superseded: Superseded = False
    since: Since = None
    until: Until = None
    search: Search = None
    sort: Sort = None


EVERY = EvalOptions()


async def list_evals(
    job_id: Id = None,
    /,
    *,
    all_of_them: AllOfThem = False,
    wanted: EvalOptions = EVERY,
    server: Server = None,
    options: ListOptions = DEFAULTS,
) -> None:
    """List evals (the newest log of each task), newest first."""
    async with eval_set_scope(job_id, server, all_of_them=all_of_them) as (session, eval_set):

        async def page(size: int, cursor: str | None) -> EvalList:
            return await session.client.evals(eval_set=eval_set, **asdict(wanted), limit=size, cursor=cursor)

        async def nothing() -> str:
            none = f"No {'evals' if wanted == EVERY else 'such evals'}"
            none += f" {'of ' + eval_set if eval_set else session.where}{' yet' if wanted == EVERY else ''}."
            asked = {"task": wanted.task, "model": wanted.model, "solver": wanted.solver}
            return await with_names(session.client, none, eval_set, asked)

        await print_list(page, options, eval_table, shape=Eval, nothing=nothing)
        session.say_pending()
