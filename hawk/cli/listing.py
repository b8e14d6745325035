"""What the list commands share: a list as a table, JSON, lines of JSON, CSV or Parquet."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter
from cyclopts.validators import Number

from hawk.cli.options import Json, JsonLines
from hawk.cli.output import Stdout, say, show, show_json, show_json_line
from hawk.cli.rendering.values import plural
from hawk.client.pages import Fetch, Item, items_of, pages
from hawk.errors import UsageFault

_SHOWN = 50


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class ListOptions:
    """How a list is printed, and how much of it."""

    limit: Annotated[
        int | None,
        Parameter(
            help="The most to show (50, or 20 hits; all of them with --csv or --parquet).",
            validator=Number(gte=1),
        ),
    ] = None
    json: Json = False
    jsonl: JsonLines = False
    csv: Annotated[bool, Parameter(help="Print CSV for a spreadsheet: no cell is a formula.")] = False
    parquet: Annotated[
        Path | None, Parameter(help="Write a Parquet file, each field and score a column.")
    ] = None

    @property
    def shown(self) -> int:
        """How many are shown to a reader."""
        return self.limit or _SHOWN

    def check(self) -> None:
        """Raises UsageFault for options that contradict each other."""
        formats = {"--json": self.json, "--jsonl": self.jsonl, "--csv": self.csv, "--parquet": self.parquet}
        given = [name for name, value in formats.items() if value]
        if len(given) > 1:
            raise UsageFault(f"{' and '.join(given)} can't be combined.", fix="Choose one of them.")


DEFAULTS = ListOptions()


class Listed(msgspec.Struct, frozen=True):
    """A list as commands print it in JSON."""

    items: tuple[msgspec.Struct, ...]
    next: str | None


async def print_list(
    fetch: Fetch[Item],
    options: ListOptions,
    render: Callable[[Sequence[Item]], list[str]],
    *,
    shape: type[Item],
    nothing: str | Callable[[], Awaitable[str]],
) -> None:
    """Print a list of ``shape`` as the options want it; ``nothing`` is said where a table is empty."""
    options.check()
    if options.csv or options.parquet:
        await _export(fetch, options, shape)
    elif options.jsonl:
        await _print_lines(fetch, options.shown)
    else:
        items, more = await _collect(fetch, options.shown)
        if options.json:
            show_json(Listed(tuple(items), more))
        else:
            await _print_table(items, more, render, nothing)


async def _print_lines(fetch: Fetch[Item], limit: int) -> None:
    more: str | None = None
    async for page in pages(fetch, limit):
        more = page.next
        for item in page.items:
            show_json_line(item)
    if more:
        say(f"The first {limit} are printed; --limit prints more.")


async def _export(fetch: Fetch[Item], options: ListOptions, shape: type[Item]) -> None:
    from hawk.client.frames.csv_text import write_csv
    from hawk.client.frames.parquet import need_pyarrow, write_parquet
    from hawk.client.frames.spool import Spool

    if options.parquet:
        need_pyarrow()
    with Spool(shape) as spool:
        await spool.take(items_of(fetch, options.limit))
        if options.csv:
            write_csv(spool, Stdout())
        if options.parquet:
            write_parquet(spool, options.parquet)
            say(f"Wrote {plural(spool.rows, 'row')} to {options.parquet}.")


async def _print_table(
    items: Sequence[Item],
    more: str | None,
    render: Callable[[Sequence[Item]], list[str]],
    nothing: str | Callable[[], Awaitable[str]],
) -> None:
    if not items:
        say(nothing if isinstance(nothing, str) else await nothing())
        return
    show("\n".join(render(items)))
    if more:
        say(f"The first {len(items)} are shown; --limit shows more.")


async def _collect(fetch: Fetch[Item], limit: int) -> tuple[list[Item], str | None]:
    items: list[Item] = []
    more: str | None = None
    async for page in pages(fetch, limit):
        items += page.items
        more = page.next
    return items, more
