"""What samples can be sorted by."""

from __future__ import annotations

from typing import Any

from hawk.errors import UsageFault
from hawk.results.keyset import Moment, Order, Text, Whole
from hawk.warehouse.tables.results import evals, samples

NEWEST_FIRST = "-completed_at"


class SampleOrder(Order, frozen=True, kw_only=True):
    """An order of samples, by the column of this name.

    ``served`` are the filters that the index of the column fulfils by itself; None where it has none, so
    that all there is must be sorted.
    """

    column: str

    @property
    def served(self) -> frozenset[str] | None:
        """See above."""
        return _SERVED.get(self.column)


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


_SERVED = {
    "completed_at": frozenset({"completed_at", "eval_set", "status"}),
    "score": frozenset({"score"}),
    "tokens": frozenset[str](),
    "sample_id": frozenset({"sample_id"}),
}
"""The columns whose order an index has: a page of it costs the same however many samples there are."""

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
