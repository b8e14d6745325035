"""What evals can be sorted by."""

from __future__ import annotations

from typing import Any

from hawk.errors import UsageFault
from hawk.results.keyset import Moment, Order, Text, Whole
from hawk.results.queries.logs import created_at
from hawk.warehouse.tables.results import evals, logs

NEWEST_FIRST = "-created_at"


def order_of(sort: str) -> Order:
    """The order that ``score`` (smallest first) or ``-score`` (largest first) names.

    Evals without a value come last in both. Raises UsageFault with the names there are.
    """
    name = sort.removeprefix("-")
    if name not in _KEYS:
        raise UsageFault(
            f"Evals can't be sorted by {name!r}.", fix=f"Sort by one of {', '.join(sorted(_KEYS))}."
        )
    column, kind = _KEYS[name]
    return Order(
        name=f"evals {sort}",
        key=column,
        tie=logs.c.location,
        kind=kind,
        descending=sort.startswith("-"),
        nullable=name not in _ALWAYS,
    )


_ALWAYS = ("created_at", "eval_set_id")
"""What a log has that can't be read, too: it has no eval."""

_KEYS: dict[str, tuple[Any, Any]] = {
    "created_at": (created_at, Moment),
    "completed_at": (evals.c.completed_at, Moment),
    "eval_set_id": (logs.c.eval_set_id, Text),
    **{name: (evals.c[name], Text) for name in ("task", "model", "solver", "status", "created_by")},
    **{name: (evals.c[name], float) for name in ("score", "cost")},
    "samples": (evals.c.samples_done, Whole),
    "errors": (evals.c.samples_errors, Whole),
    "tokens": (evals.c.tokens_total, Whole),
}
