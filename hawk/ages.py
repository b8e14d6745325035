"""Points in time as users write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from hawk.clock import utc_now
from hawk.errors import UsageFault

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_AGE = re.compile(r"(\d{1,4})([smhdw])\Z")


def point_in_time(text: str) -> datetime:
    """The time that ``2d`` (an age: s, m, h, d or w) or an RFC 3339 time or date stands for.

    A time without a zone is UTC. Raises UsageFault for anything else.
    """
    if age := _AGE.match(text):
        return utc_now() - timedelta(**{_UNITS[age[2]]: int(age[1])})
    try:
        time = datetime.fromisoformat(text)
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise UsageFault(
            f"{text!r} is neither an age nor a time.", fix="Write it as 2d, 12h or 2026-11-24T10:00:00Z."
        ) from error
