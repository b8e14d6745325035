"""Samples as texts: Markdown for a reader, or the JSON that stands in the log."""

from __future__ import annotations

import json
import re
from pathlib import Path

from hawk.cli.rendering.transcript import markdown
from hawk.cli.text import escape_controls
from hawk.client.client import HawkClient
from hawk.errors import UsageFault

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}\Z")


async def sample_text(client: HawkClient, name: str, *, raw: bool, indent: int | None = 2) -> str:
    """One sample by its uuid or id."""
    if not raw:
        return markdown(await client.transcript(name))
    # Inspect writes NaN and Infinity, which only the standard library's JSON reads.
    data = json.loads(await client.raw_sample(name))
    return escape_controls(json.dumps(data, indent=indent, ensure_ascii=False))


def write_sample(folder: Path, name: str, text: str, *, raw: bool) -> Path:
    """Write a sample into a folder, which is made if need be.

    Raises UsageFault for a name that is no file's.
    """
    if not _NAME.match(name):
        raise UsageFault(f"The sample {name!r} can't be the name of a file.", fix="Leave out --output-dir.")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}{'.json' if raw else '.md'}"
    path.write_text(f"{text}\n", encoding="utf-8", errors="replace")
    return path
