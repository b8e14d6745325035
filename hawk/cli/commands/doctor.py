"""``hawk doctor``."""

from __future__ import annotations

from hawk.cli.checks.check import Check
from hawk.cli.checks.machine import check_machine
from hawk.cli.checks.server import check_server
from hawk.cli.checks.warehouse import check_warehouse
from hawk.cli.options import Json
from hawk.cli.output import paint, say, show, show_json
from hawk.cli.session import current_settings
from hawk.cli.text import one_line
from hawk.errors import EXIT_FAILED

_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


async def doctor(*, json: Json = False) -> int:
    """Check this machine: folders, disk, Python, uv, Docker; its warehouse; and the server, if one is set.

    Exits 1 where something fails.
    """
    settings = current_settings()
    checks = [*check_machine(settings), *await check_warehouse(settings), *await check_server(settings)]
    failed = any(check.state == "fail" for check in checks)
    if json:
        show_json({"items": checks, "next": None})
    else:
        show("\n".join(_line(check) for check in checks))
        if not failed:
            say("Ready. Start with: hawk init")
    return EXIT_FAILED if failed else 0


def _line(check: Check) -> str:
    fix = f"\n        {one_line(check.fix)}" if check.fix else ""
    state = paint(f"{check.state:<4}", _COLOURS[check.state])
    return f"{state}  {check.name}: {one_line(check.found)}{fix}"
