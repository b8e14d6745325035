"""Reading logs takes what the server reads them with."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from hawk.errors import Unavailable


@contextmanager
def server_part() -> Generator[None]:
    """Say what to install where an import finds nothing."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise Unavailable(
            f"Reading logs needs Hawk's server part ({error.name} is missing).",
            fix="Install it with: uv pip install 'hawk[server]'",
        ) from error
