"""``hawk db rebuild``."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from hawk.cli.asking import can_ask, confirm
from hawk.cli.log_progress import LogProgress
from hawk.cli.options import Json
from hawk.cli.output import say, show, show_json
from hawk.cli.session import current_settings
from hawk.client.connect import server_part
from hawk.errors import EXIT_FAILED, UsageFault
from hawk.settings import Settings

if TYPE_CHECKING:
    from hawk.recovery.rebuild import Rebuilt

Yes = Annotated[bool, Parameter(help="Don't ask.")]


def db_rebuild(*, yes: Yes = False, json: Json = False) -> int:
    """Make the database again from the storage alone: jobs from their records, results from their logs.

    Exits 1 where logs can't be read.
    """
    return asyncio.run(_rebuild(current_settings(), yes=yes, json=json))


async def _rebuild(settings: Settings, *, yes: bool, json: bool) -> int:
    with server_part():
        from hawk.recovery.opening import opened
        from hawk.recovery.rebuild import rebuild
    async with opened(settings) as parts:
        if not yes and not _wanted(parts.db.url, parts.places.root.root):
            return 0
        progress = LogProgress("Imported")
        done = await rebuild(
            parts.db, parts.places.evals, settings.prices, parts.eval_sets, parts.jobs, progress
        )
    _show(done, json=json)
    return EXIT_FAILED if done.logs.failed else 0


def _wanted(database: str, storage: str) -> bool:
    what = f"the database {database} again from {storage}"
    if not can_ask():
        raise UsageFault(f"Nobody can be asked whether to make {what}.", fix="Add --yes to do it.")
    return confirm(f"Make {what}?", default=False)


def _show(done: Rebuilt, *, json: bool) -> None:
    if json:
        show_json(done)
        return
    show(f"Made again: {_count(done.logs.imported, 'log')} and {_count(done.jobs, 'job')}.")
    if done.backup is not None:
        say(f"A copy of the database as it was: {done.backup}")
    if done.logs.failed:
        say(f"{_count(done.logs.failed, 'log')} can't be read, wholly or in part; see: hawk db check")
    if done.logs.pending:
        say(f"Others are writing or importing {_count(done.logs.pending, 'log')} just now.")


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"
