"""``hawk usage``."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from hawk.cli.options import Json, Server, Since
from hawk.cli.output import say, show, show_json
from hawk.cli.rendering.usage import unpriced, usage_table
from hawk.cli.session import open_session
from hawk.results.usage.types import By


async def usage(
    *,
    by: Annotated[list[By] | None, Parameter(help="What makes a group (model); may be given again.")] = None,
    since: Since = None,
    until: Annotated[str | None, Parameter(help="Before an age (2d, 12h) or a time.")] = None,
    eval_set: Annotated[str | None, Parameter(help="Only of this eval set.")] = None,
    model: Annotated[str | None, Parameter(help="Only of models with this in their names.")] = None,
    server: Server = None,
    json: Json = False,
) -> None:
    """Sum up tokens and their cost, of every eval: also of those that a later try superseded."""
    async with open_session(server) as session:
        found = await session.client.usage(by or (), since=since, until=until, eval_set=eval_set, model=model)
        if json:
            show_json(found)
        elif not found.items:
            say(f"No such evals {session.where}.")
        else:
            show("\n".join(usage_table(found)))
            for line in unpriced(found):
                say(line)
        session.say_pending()
