"""``hawk list evals``."""

from __future__ import annotations

from hawk.cli.listing import DEFAULTS, ListOptions, print_list
from hawk.cli.options import AllOfThem, Id, Search, Server, Since
from hawk.cli.rendering.evals import eval_table
from hawk.cli.scope import eval_set_scope
from hawk.results.types import Eval, EvalList


async def list_evals(
    job_id: Id = None,
    /,
    *,
    all_of_them: AllOfThem = False,
    since: Since = None,
    search: Search = None,
    server: Server = None,
    options: ListOptions = DEFAULTS,
) -> None:
    """List evals (the newest log of each task), newest first."""
    async with eval_set_scope(job_id, server, all_of_them=all_of_them) as (session, eval_set):

        async def page(size: int, cursor: str | None) -> EvalList:
            return await session.client.evals(
                eval_set=eval_set, since=since, search=search, limit=size, cursor=cursor
            )

        nothing = f"No evals {'of ' + eval_set if eval_set else session.where} yet."
        await print_list(page, options, eval_table, shape=Eval, nothing=nothing)
        session.say_pending()
