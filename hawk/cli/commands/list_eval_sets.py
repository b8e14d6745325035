"""``hawk list eval-sets``."""

from __future__ import annotations

from collections.abc import Sequence

from hawk.cli.listing import DEFAULTS, ListOptions, print_list
from hawk.cli.options import Search, Server, Since
from hawk.cli.rendering.table import Column, table
from hawk.cli.rendering.times import stamp
from hawk.cli.rendering.values import counts, tokens
from hawk.cli.session import open_session
from hawk.results.types import EvalSet, EvalSetList

_COLUMNS = (
    Column("ID"),
    Column("STATUS", status=True),
    Column("EVALS", right=True),
    Column("SAMPLES", right=True),
    Column("TOKENS", right=True),
    Column("CREATED"),
    Column("TASKS", elastic=True),
    Column("MODELS", elastic=True),
)


async def list_eval_sets(
    *,
    since: Since = None,
    search: Search = None,
    server: Server = None,
    options: ListOptions = DEFAULTS,
) -> None:
    """List eval sets, newest first."""
    async with open_session(server) as session:

        async def page(size: int, cursor: str | None) -> EvalSetList:
            return await session.client.eval_sets(since=since, search=search, limit=size, cursor=cursor)

        nothing = f"No eval sets {session.where}."
        await print_list(page, options, _render, shape=EvalSet, nothing=nothing)
        session.say_pending()


def _render(eval_sets: Sequence[EvalSet]) -> list[str]:
    return table(_COLUMNS, [_row(one) for one in eval_sets])


def _row(one: EvalSet) -> list[str]:
    return [
        one.id,
        one.status,
        str(one.evals),
        counts(one.samples),
        tokens(one.tokens),
        stamp(one.created_at),
        ", ".join(one.tasks),
        ", ".join(one.models),
    ]
