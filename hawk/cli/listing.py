"""What the list commands share: pages until the limit is reached, as a table, JSON, or lines of JSON."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Protocol, TypeVar

import msgspec

from hawk.cli.output import say, show, show_json, show_json_line
from hawk.errors import UsageFault

_PAGE = 500
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


class Listed(msgspec.Struct, frozen=True):
    """A list as commands print it in JSON."""

    items: tuple[msgspec.Struct, ...]
    next: str | None


async def print_list(
    fetch: Fetch[Item],
    limit: int,
    render: Callable[[Sequence[Item]], list[str]],
    *,
    nothing: str,
    json: bool,
    jsonl: bool,
) -> None:
    """Print up to ``limit`` items; ``nothing`` is said where there are none."""
    if json and jsonl:
        raise UsageFault("--json and --jsonl can't be combined.", fix="Choose one of them.")
    if jsonl:
        async for page in _pages(fetch, limit):
            for item in page.items:
                show_json_line(item)
        return
    items, more = await _collect(fetch, limit)
    if json:
        show_json(Listed(tuple(items), more))
        return
    _print_table(items, more, render, nothing)


def _print_table(
    items: Sequence[Item], more: str | None, render: Callable[[Sequence[Item]], list[str]], nothing: str
) -> None:
    if not items:
        say(nothing)
        return
    show("\n".join(render(items)))
    if more:
        say(f"The first {len(items)} are shown; --limit shows more.")


async def _collect(fetch: Fetch[Item], limit: int) -> tuple[list[Item], str | None]:
    items: list[Item] = []
    more: str | None = None
    async for page in _pages(fetch, limit):
        items += page.items
        more = page.next
    return items, more


async def _pages(fetch: Fetch[Item], limit: int) -> AsyncIterator[Page[Item]]:
    left, cursor = limit, None
    while left > 0:
        page = await fetch(min(left, _PAGE), cursor)
        yield page
        left -= len(page.items)
        cursor = page.next
        if cursor is None:
            return
