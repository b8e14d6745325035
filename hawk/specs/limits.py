"""How much of a dataset is run, and how often."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from hawk.specs.part import Part
from hawk.specs.values import Bound, Count, Text


class Epochs(Part, frozen=True, kw_only=True):
    """How often each sample is run, and what makes one score of several."""

    epochs: Annotated[Count, Meta(description="How often each sample is run.")]
    reducer: Annotated[
        Text | tuple[Text, ...] | None,
        Meta(description="What makes one score of several: mean, median, mode, max, pass_at_2…"),
    ] = None


def _range_fault(bounds: tuple[int, ...]) -> str | None:
    start, end = bounds
    if start < end:
        return None
    return f"expected a start before the end, found [{start}, {end}], which has no samples"


SampleRange = Annotated[tuple[Bound, ...], Meta(min_length=2, max_length=2, extra={"check": _range_fault})]
"""From the first index up to, and without, the second; both count from 0.

Not a ``tuple[int, int]``: msgspec 0.22 crashes on one beside a constrained ``int`` in a union.
"""
