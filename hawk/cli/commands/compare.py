"""``hawk compare``."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from hawk.cli.options import Json, Server
from hawk.cli.output import say, show, show_json
from hawk.cli.rendering.comparison import comparison_lines, flip_lines
from hawk.cli.session import results_session
from hawk.errors import UsageFault

_MOST = 8


async def compare(
    *ids: Annotated[str, Parameter(name="ID", help="Eval sets or evals; all are compared with the first.")],
    scorer: Annotated[str | None, Parameter(help="Compare by this scorer, not by the first one.")] = None,
    flips: Annotated[bool, Parameter(help="List the samples that came out better or worse.")] = False,
    server: Server = None,
    json: Json = False,
) -> None:
    """Compare eval sets or evals by task, model and solver: each with the first one.

    Runs of one config pair by model and solver; a task that ran on one model here and on another there
    is compared across these. Differences are taken sample by sample, with a 95 % interval.
    """
    if not 2 <= len(ids) <= _MOST:
        raise UsageFault(
            f"{len(ids) or 'No'} id{'' if len(ids) == 1 else 's'} given; from 2 to {_MOST} can be compared.",
            fix="hawk compare ID ID (`hawk list eval-sets` and `hawk list evals` show the ids)",
        )
    async with results_session(ids, server) as session:
        found = await session.client.compare(ids, scorer=scorer, flips=flips)
        if json:
            show_json(found)
            session.say_pending()
            return
        show("\n".join(comparison_lines(found)))
        session.say_pending()
        if flips:
            show("\n".join(flip_lines(found)))
        if any(arm.against and (arm.against.better or arm.against.worse) for arm in found.items):
            following = "hawk transcript UUID" if flips else f"hawk compare {' '.join(ids)} --flips"
            say(f"\nNext: {following}")
