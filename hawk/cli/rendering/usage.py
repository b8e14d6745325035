"""Tokens and cost as a table."""

from __future__ import annotations

from collections.abc import Iterator

from hawk.cli.rendering.table import Column, table
from hawk.cli.rendering.values import cost, plural
from hawk.results.usage.types import By, Usage, UsageReport

_FIELDS: dict[By, str] = {
    "model": "model",
    "eval-set": "eval_set_id",
    "user": "user",
    "day": "day",
    "task": "task",
}
_COLUMNS = (
    Column("EVALS", right=True),
    Column("SAMPLES", right=True),
    Column("INPUT", right=True),
    Column("CACHE READ", right=True),
    Column("CACHE WRITE", right=True),
    Column("OUTPUT", right=True),
    Column("REASONING", right=True),
    Column("TOTAL", right=True),
    Column("COST", right=True),
)
_OPTIONAL = {"CACHE READ", "CACHE WRITE", "REASONING"}


def usage_table(found: UsageReport) -> list[str]:
    """A line for each group, and for all of them; kinds of tokens that nobody used are left out."""
    heads = [Column(by.upper().replace("-", " "), elastic=by != "day") for by in found.by]
    rows = [[*_group(one, found.by), *_cells(one)] for one in found.items]
    if len(rows) > 1:
        rows.append(["all", *[""] * (len(heads) - 1), *_cells(found.overall)])
    columns = (*heads, *_COLUMNS)
    shown = [n for n, head in enumerate(columns) if head.title not in _OPTIONAL or _any(rows, n)]
    return table([columns[n] for n in shown], [[row[n] for n in shown] for row in rows])


def unpriced(found: UsageReport) -> Iterator[str]:
    """How many evals the costs leave out."""
    without, evals = found.overall.evals_without_cost, found.overall.evals
    if without:
        of = f"Of {without:,} of {plural(evals, 'eval')}"
        yield f"{of} the cost isn't known: their logs and hawk.toml have no prices."


def _any(rows: list[list[str]], column: int) -> bool:
    return any(row[column] != "0" for row in rows)


def _group(one: Usage, by: tuple[By, ...]) -> list[str]:
    return [getattr(one, _FIELDS[name]) or "-" for name in by]


def _cells(one: Usage) -> list[str]:
    used = one.tokens
    counts = (used.input, used.cache_read, used.cache_write, used.output, used.reasoning, used.total)
    return [f"{one.evals:,}", f"{one.samples:,}", *(f"{count:,}" for count in counts), cost(one.cost)]
