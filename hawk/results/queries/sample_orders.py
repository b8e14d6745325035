"""What samples can be sorted by."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hawk.errors import UsageFault
from hawk.results.keyset import Moment, Order, Text, Whole
from hawk.warehouse.tables.results import evals, samples

NEWEST_FIRST = "-completed_at"


class SampleOrder(Order, frozen=True, kw_only=True):
    """An order of samples, by the column of this name."""

    column: str

    @property
    def is_indexed(self) -> bool:
        """Whether an index has the order; else all there is must be sorted."""
        return self.column in _SERVED

    def served(self, filters: Iterable[str]) -> frozenset[str]:
        """Which of the filters an index with this order fulfils by itself."""
        return max(
            (one.intersection(filters) for one in _SERVED.get(self.column, ())), key=len, default=_NONE
        )


def order_of(sort: str) -> SampleOrder:
    """The order that ``score`` (smallest first) or ``-score`` (largest first) names.

    Samples without a value come last in both. Raises UsageFault with the names there are.
    """
    name = sort.removeprefix("-")
    if name not in _KEYS:
        raise UsageFault(
            f"Samples can't be sorted by {name!r}.", fix=f"Sort by one of {', '.join(sorted(_KEYS))}."
        )
    column, kind = _KEYS[name]
    return SampleOrder(
        column=name,
        name=f"samples {sort}",
        key=column,
        tie=samples.c.pk,
        tie_kind=Whole,
        kind=kind,
        descending=sort.startswith("-"),
        nullable=column.nullable,
    )


_NONE = frozenset[str]()

_SERVED = {
    "completed_at": (frozenset({"completed_at", "eval_set"}), frozenset({"completed_at", "status"})),
    "score": (frozenset({"score"}),),
    "tokens": (frozenset[str](),),
    "sample_id": (frozenset({"sample_id"}),),
}
"""The columns that are indexed, and for each of their indexes the filters that are a range of it."""

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
