"""``hawk import``."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from hawk.cli.options import Json, Server


async def import_logs(
    paths: Annotated[
        tuple[str, ...], Parameter(name="PATH", help="A log, a folder of logs, or a URL such as s3://….")
    ],
    /,
    *,
    eval_set: Annotated[
        str | None, Parameter(help="The eval set for all of them, whatever the logs say.")
    ] = None,
    dry_run: Annotated[bool, Parameter(help="Show what would be imported, import nothing.")] = False,
    server: Server = None,
    json: Json = False,
) -> int:
    """Copy logs that Hawk did not run into its storage. A log that is there already is left as it is.

    Each goes to the eval set that it names itself, else to one named after its folder.
    """
    from hawk.cli.importing.needs import server_part

    with server_part():
        from hawk.cli.importing.command import import_all
    return await import_all(paths, eval_set, server, dry_run=dry_run, json=json)
