"""What opening the app in a command's process loads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_LIST = """
import asyncio, sys
from hawk.client.connect import connect
from hawk.settings import load_settings

async def main():
    async with connect(load_settings({"HAWK_HOME": sys.argv[1], "XDG_CONFIG_HOME": sys.argv[1]})) as client:
        await client.jobs()

asyncio.run(main())
print(*sorted(sys.modules))
"""


def test_a_list_loads_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _LIST, str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True)  # makes the database
    loaded = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    unwanted = {"joserfc", "pydantic", "attr", "alembic", "jinja2", "inspect_ai", "hawk.runner"}
    assert not unwanted & set(loaded)
