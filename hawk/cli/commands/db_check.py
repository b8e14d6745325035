"""``hawk db check``."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from hawk.cli.log_progress import LogProgress
from hawk.cli.options import Json
from hawk.cli.output import say, show, show_json
from hawk.cli.session import current_settings
from hawk.cli.text import one_line
from hawk.client.connect import server_part
from hawk.errors import EXIT_FAILED
from hawk.settings import Settings

if TYPE_CHECKING:
    from hawk.recovery.check import Check
    from hawk.recovery.differences import Difference

Deep = Annotated[bool, Parameter(help="Also import every log anew, beside, and compare row for row.")]


def db_check(*, deep: Deep = False, json: Json = False) -> int:
    """Compare the storage with the database and name each difference. Exits 1 where there are any."""
    return asyncio.run(_check(current_settings(), deep=deep, json=json))


async def _check(settings: Settings, *, deep: bool, json: bool) -> int:
    with server_part():
        from hawk.recovery.check import Check
        from hawk.recovery.opening import opened
    found: list[Difference] = []
    async with opened(settings) as parts:
        check = Check(parts.db, parts.places.evals, parts.records)
        async for one in check.differences():
            _tell(one, found, json=json)
        if deep:
            progress = LogProgress("Imported anew:")
            async for one in check.deep_differences(settings.home, settings.prices, progress):
                _tell(one, found, json=json)
    if json:
        show_json({"items": found, "next": None, "logs": check.logs, "jobs": check.jobs, "rows": check.rows})
    else:
        _sum_up(check, len(found), deep=deep)
    return EXIT_FAILED if found else 0


def _tell(one: Difference, found: list[Difference], *, json: bool) -> None:
    found.append(one)
    if not json:
        show(f"{one.kind:<15} {one_line(one.subject)}: {one_line(one.detail)}")


def _sum_up(check: Check, differences: int, *, deep: bool) -> None:
    rows = f" and {check.rows} rows" if deep else ""
    compared = f"{check.logs} logs, {check.jobs} jobs{rows} compared"
    if not differences:
        show(f"Storage and database agree: {compared}.")
        return
    say(f"{differences} difference{'s' * (differences != 1)}; {compared}.")
    say("A worker (`hawk worker --once`) imports what is missing; `hawk db rebuild` makes all of it anew.")
