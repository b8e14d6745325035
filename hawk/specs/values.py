"""The small types that fields share."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from hawk.specs.quantities import QUANTITY_PATTERN, quantity_fault

Text = Annotated[str, Meta(min_length=1)]
Count = Annotated[int, Meta(ge=1)]
Bound = Annotated[int, Meta(ge=0)]
"""A limit of a sample: Inspect takes 0 and more."""

Quantity = Annotated[str, Meta(pattern=QUANTITY_PATTERN, extra={"check": quantity_fault})]
