"""``hawk clean``."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from hawk.ages import point_in_time
from hawk.cli.cleaning.command import clean_machine
from hawk.cli.cleaning.kept import Wanted
from hawk.cli.options import Json
from hawk.cli.session import current_settings
from hawk.clock import utc_now
from hawk.errors import UsageFault

_GB = 1_000_000_000


async def clean(
    *,
    older_than: Annotated[str, Parameter(help="Remove what was not used for so long (30d).")] = "30d",
    keep: Annotated[
        float | None,
        Parameter(help="And the longest unused, until so many GB are left.", validator=Number(gte=0)),
    ] = None,
    everything: Annotated[
        bool, Parameter(name="--all", help="Remove all that no live job uses, however new.")
    ] = False,
    dry_run: Annotated[bool, Parameter(help="Show what would go, remove nothing.")] = False,
    json: Json = False,
) -> None:
    """Free disk of this machine: environments, wheels and locks, uploads, output of ended jobs.

    All of it is made again where it is needed, but for the output (`hawk logs`). Eval logs, results
    and records are never touched, nor what a live job uses.
    """
    if everything and keep is not None:
        raise UsageFault("--all and --keep can't be combined.", fix="Leave out one of them.")
    before = utc_now() if everything else point_in_time(older_than)
    wanted = Wanted(before=before, most=None if keep is None else int(keep * _GB))
    await clean_machine(current_settings().home, wanted, dry_run=dry_run, json=json)
