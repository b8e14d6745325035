"""Credentials of the environment, and a folder's ``.env`` that says whom they are for."""

from __future__ import annotations

import os

from hawk.cli.environment import DOTENV, source_of
from hawk.cli.last_used import LastUsed
from hawk.errors import UsageFault
from hawk.settings import Settings

_CREDENTIALS = ("HAWK_ACCESS_TOKEN", "HAWK_CLIENT_SECRET")
_PLACES = (
    "HAWK_API_URL",
    "HAWK_CONFIG",
    "HAWK_MODEL_ACCESS_TOKEN_ISSUER",
    "HAWK_MODEL_ACCESS_TOKEN_TOKEN_PATH",
)


def check_belonging(settings: Settings, url: str | None) -> None:
    """Credentials don't follow a folder that somebody else may have written. Raises UsageFault.

    They are for the server that stands beside them: both in the environment, or both in ``.env``. A server
    that the user logged in to or submitted to before is theirs wherever it is named.
    """
    if url is None or url != (settings.server or "").rstrip("/"):
        return
    here = [name for name in _CREDENTIALS if os.environ.get(name) and source_of(name) != DOTENV]
    there = [name for name in _PLACES if os.environ.get(name) and source_of(name) == DOTENV]
    if not here or not there:
        return
    if there == ["HAWK_API_URL"] and LastUsed(settings).is_trusted(url):
        return
    raise UsageFault(
        f"This folder's {DOTENV} sets {there[0]}, and {here[0]} isn't from there: it isn't sent to {url}.",
        fix=f"If you trust the folder, export {there[0]} yourself.",
    )
