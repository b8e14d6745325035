"""Evals as a table."""

from __future__ import annotations

from collections.abc import Sequence

from hawk.cli.rendering.table import Column, table
from hawk.cli.rendering.values import counts, headline, tokens
from hawk.results.types import Eval

_COLUMNS = (
    Column("TASK", elastic=True),
    Column("MODEL", elastic=True),
    Column("SOLVER", elastic=True),
    Column("STATUS", status=True),
    Column("SAMPLES", right=True),
    Column("ERRORS", right=True),
    Column("SCORE"),
    Column("TOKENS", right=True),
    Column("EVAL"),
    Column("ERROR", elastic=True),
)


def eval_table(evals: Sequence[Eval], *, ids: bool = True) -> list[str]:
    """A line for each eval, with its headline score; columns that would be empty are left out."""
    rows = [_row(one) for one in evals]
    shown = [n for n, head in enumerate(_COLUMNS) if not _optional(head) or any(row[n] for row in rows)]
    if not ids:
        shown = [n for n in shown if _COLUMNS[n].title != "EVAL"]
    return table([_COLUMNS[n] for n in shown], [[row[n] for n in shown] for row in rows])


def _optional(column: Column) -> bool:
    return column.title in {"SOLVER", "ERROR", "ERRORS"}


def _row(one: Eval) -> list[str]:
    return [
        one.task,
        one.model,
        one.solver or "",
        one.status,
        counts(one.samples),
        str(one.samples.errors or ""),
        headline(one),
        tokens(one.tokens),
        one.id,
        one.error or one.import_error or "",
    ]
