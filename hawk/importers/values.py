"""Times, tokens and the number of a score, out of what logs say."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from hawk.importers.decoding import name_text, whole
from hawk.importers.records import Usage, UsageRecord

_GRADES = {"C": 1.0, "I": 0.0, "P": 0.5, "N": 0.0}
_WORDS = {"yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}

Row = dict[str, Any]


def parse_time(text: str | None) -> datetime | None:
    """A time of a log, in UTC; one without a zone is UTC. None for what is no time."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def score_number(value: Any) -> float | None:
    """A score as a number, by Inspect's own rules; None where it has none.

    The letters C, I, P and N count 1, 0, 0.5 and 0; yes, true, no and false 1 and 0.
    """
    if isinstance(value, str):
        return _GRADES.get(value, _WORDS.get(value.lower(), _parsed(value)))
    if isinstance(value, int | float):
        return finite(value)
    return None


def usage_rows(usage: Usage | None) -> list[Row]:
    """A row for each model, by its name as it would be stored."""
    rows = {name_text(model): token_values((used,)) for model, used in (usage or {}).items()}
    return [{"model": model, **values} for model, values in rows.items()]


def token_values(used: Iterable[UsageRecord]) -> Row:
    """Token columns, summed. The cost is None unless every part of it is known."""
    parts = list(used)
    names = {
        "tokens_input": "input_tokens",
        "tokens_output": "output_tokens",
        "tokens_total": "total_tokens",
        "tokens_cache_read": "input_tokens_cache_read",
        "tokens_cache_write": "input_tokens_cache_write",
        "tokens_reasoning": "reasoning_tokens",
    }
    row: Row = {
        column: whole(sum(whole(getattr(one, field)) or 0 for one in parts))
        for column, field in names.items()
    }
    costs = [finite(one.total_cost) for one in parts if one.total_cost is not None]
    known = [cost for cost in costs if cost is not None]
    return {**row, "cost": finite(sum(known)) if parts and len(known) == len(parts) else None}


def seconds(number: float | None) -> float | None:
    """A duration, never negative (clocks are set back)."""
    return None if number is None else finite(max(number, 0))


def finite(number: float) -> float | None:
    """A number that databases and JSON have; None for NaN, infinities and what is too large."""
    try:
        found = float(number)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def _parsed(text: str) -> float | None:
    try:
        return finite(float(text)) if "_" not in text else None
    except ValueError:
        return None
