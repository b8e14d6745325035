"""The time as it is written into records and log lines."""

from __future__ import annotations

from datetime import UTC, datetime


def timestamp(timespec: str = "microseconds") -> str:
    """Now, as RFC 3339 in UTC."""
    return datetime.now(UTC).isoformat(timespec=timespec).replace("+00:00", "Z")
