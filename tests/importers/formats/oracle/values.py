"""Values as a database can have them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

GRADES = {"C": 1.0, "I": 0.0, "P": 0.5, "N": 0.0}
WORDS = {"yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}
TOKENS = {
    "tokens_input": "input_tokens",
    "tokens_output": "output_tokens",
    "tokens_total": "total_tokens",
    "tokens_cache_read": "input_tokens_cache_read",
    "tokens_cache_write": "input_tokens_cache_write",
    "tokens_reasoning": "reasoning_tokens",
}


def plain(value: Any) -> Any:
    """Without NULs, halves of characters, and numbers that are none."""
    if isinstance(value, str):
        return value.replace("\0", "").encode(errors="replace").decode()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {plain(str(key)): plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value


def document(value: Any) -> Any:
    """A part of a log as JSON, without what isn't set."""
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json", exclude_none=True, exclude_unset=True, fallback=lambda _: None)
    return plain(value)


def time(value: str | datetime | None) -> datetime | None:
    if not value:
        return None
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return found.astimezone(UTC)


def number(value: Any) -> float | None:
    if isinstance(value, str):
        if value in GRADES:
            return GRADES[value]
        return WORDS.get(value.lower(), _parsed(value))
    return plain(float(value)) if isinstance(value, int | float) else None


def _parsed(text: str) -> float | None:
    try:
        return plain(float(text))
    except ValueError:
        return None


def tokens(used: Any) -> dict[str, Any]:
    """Columns of one model's usage."""
    return {column: getattr(used, field) or 0 for column, field in TOKENS.items()} | {"cost": used.total_cost}


def summed(usages: list[Any]) -> dict[str, Any]:
    """Columns of several models' usage; the cost only where all of it is known."""
    rows = [tokens(used) for used in usages]
    costs = [row["cost"] for row in rows]
    total = {column: sum(row[column] for row in rows) for column in TOKENS}
    return total | {"cost": sum(costs) if costs and None not in costs else None}
