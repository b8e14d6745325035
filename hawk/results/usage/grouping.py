"""Evals' spending, put into groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC

import msgspec

from hawk.results.usage.queries import EvalRow
from hawk.results.usage.spending import Spent, add
from hawk.results.usage.types import By, Usage, UsageTokens

Key = tuple[str | None, ...]
_FIELDS: dict[By, str] = {
    "model": "model",
    "eval-set": "eval_set_id",
    "user": "user",
    "day": "day",
    "task": "task",
}


class Part(msgspec.Struct, frozen=True):
    """What one eval used of one model. ``samples`` are those that the eval ran itself."""

    eval: EvalRow
    model: str
    samples: int
    spent: Spent


def group(parts: Iterable[Part], by: Sequence[By]) -> list[Usage]:
    """A row for each group: the newest day first, then the most tokens."""
    groups: dict[Key, list[Part]] = {}
    for part in parts:
        groups.setdefault(tuple(_value(part, one) for one in by), []).append(part)
    found = [usage_of(of, dict(zip(by, key, strict=True))) for key, of in groups.items()]
    found.sort(key=lambda one: tuple(getattr(one, _FIELDS[name]) or "" for name in by))
    found.sort(key=lambda one: (one.day or "", one.tokens.total), reverse=True)
    return found


def usage_of(parts: Sequence[Part], key: Mapping[By, str | None]) -> Usage:
    """What all parts come to; ``key`` is what they share."""
    samples = {part.eval.log_id: part.samples for part in parts}
    used = add(part.spent for part in parts)
    paid = [part for part in parts if part.spent.total]
    costs = [part.spent.cost for part in paid if part.spent.cost is not None]
    return Usage(
        **{_FIELDS[name]: value for name, value in key.items()},
        evals=len(samples),
        samples=sum(samples.values()),
        tokens=UsageTokens(**{name: getattr(used, name) for name in UsageTokens.__struct_fields__}),
        cost=sum(costs) if costs else None,
        evals_without_cost=len({part.eval.log_id for part in paid if part.spent.cost is None}),
    )


def _value(part: Part, by: By) -> str | None:
    if by == "model":
        return part.model
    if by == "day":
        return part.eval.time.astimezone(UTC).date().isoformat() if part.eval.time else None
    value: str | None = getattr(part.eval, _FIELDS[by])
    return value
