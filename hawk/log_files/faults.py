"""Errors that both sides of a transfer know."""

from __future__ import annotations

from hawk.errors import Conflict, NotFound


def another_file(log: str) -> Conflict:
    """What is said where a log's place is taken."""
    return Conflict(
        f"{log} is there already, and it is another file.",
        fix="Import it into another eval set with --eval-set.",
    )


def no_log(location: str) -> NotFound:
    """What is said where there is no log, or none for the caller."""
    return NotFound(f"There is no log {location}.", fix="`hawk list evals --json` shows where logs are.")
