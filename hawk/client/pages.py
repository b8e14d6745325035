"""Lists, page after page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol, TypeVar

import msgspec

LARGEST = 500
"""The most that a page holds."""

Item = TypeVar("Item", bound=msgspec.Struct)
Item_co = TypeVar("Item_co", bound=msgspec.Struct, covariant=True)


class Page(Protocol[Item_co]):
    """A page of a list, as the API answers it."""

    @property
    def items(self) -> tuple[Item_co, ...]:
        """What is on it."""
        ...

    @property
    def next(self) -> str | None:
        """The cursor of the page behind it."""
        ...


Fetch = Callable[[int, str | None], Awaitable[Page[Item]]]
"""Gives the page of so many items after a cursor."""


async def pages(fetch: Fetch[Item], limit: int | None) -> AsyncIterator[Page[Item]]:
    """Pages of up to ``limit`` items; None for all there are."""
    left, cursor = limit, None
    while left is None or left > 0:
        page = await fetch(LARGEST if left is None else min(left, LARGEST), cursor)
        yield page
        left = None if left is None else left - len(page.items)
        cursor = page.next
        if cursor is None:
            return


async def items_of(fetch: Fetch[Item], limit: int | None) -> AsyncIterator[Item]:
    """The same, one item after another."""
    async for page in pages(fetch, limit):
        for item in page.items:
            yield item
