"""What samples can be sorted by."""

from __future__ import annotations

from typing import Any

from hawk.errors import UsageFault
from hawk.results.keyset import Moment, Order, Text, Whole
from hawk.warehouse.tables.results import evals, samples

NEWEST_FIRST = "-completed_at"


def order_of(sort: str) -> Order:
    """The order that ``score`` (smallest first) or ``-score`` (largest first) names.

    Samples without a value come last in both. Raises UsageFault with the names there are.
    """
    name = sort.removeprefix("-")
    if name not in _KEYS:
        raise UsageFault(
            f"Samples can't be sorted by {name!r}.", fix=f"Sort by one of {', '.join(sorted(_KEYS))}."
        )
    column, kind = _KEYS[name]
    return Order(
        name=f"samples {sort}",
        key=column,
        tie=samples.c.id,
        kind=kind,
        descending=sort.startswith("-"),
        nullable=column.nullable,
    )


_KEYS: dict[str, tuple[Any, Any]] = {
    **{name: (samples.c[name], Moment) for name in ("started_at", "completed_at")},
    **{
        name: (samples.c[name], Text)
        for name in ("sample_id", "uuid", "status", "error", "limit", "eval_set_id")
    },
    **{name: (samples.c[name], float) for name in ("score", "cost", "total_time", "working_time")},
    **{name: (samples.c[name], Whole) for name in ("epoch", "messages")},
    **{name: (evals.c[name], Text) for name in ("task", "model", "solver")},
    "eval_id": (evals.c.id, Text),
    "tokens": (samples.c.tokens_total, Whole),
}
