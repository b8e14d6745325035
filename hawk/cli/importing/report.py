"""What became of logs, in words."""

from __future__ import annotations

from collections.abc import Sequence

from hawk.cli.importing.sending import Outcome
from hawk.cli.rendering.table import Column, table
from hawk.cli.rendering.values import plural, size

_COLUMNS = (
    Column("FILE", elastic=True),
    Column("SIZE", right=True),
    Column("EVAL SET", elastic=True),
    Column("WOULD BE"),
)
_WORDS = {"new": "added", "there": "unchanged", "failed": "refused"}


def line_of(outcome: Outcome) -> str:
    """A line about one log."""
    if outcome.outcome == "failed":
        return f"{outcome.source}: {outcome.reason}"
    return f"{'Added' if outcome.outcome == 'added' else 'Already there:'} {outcome.log}"


def summary(outcomes: Sequence[Outcome], where: str) -> list[str]:
    """How many there are of each kind."""
    of = {kind: [one for one in outcomes if one.outcome == kind] for kind in ("added", "there", "failed")}
    added = f"{plural(len(of['added']), 'log')} ({size(sum(one.size for one in of['added']))})"
    lines = [f"Imported {added} {where}."] if of["added"] else []
    if of["there"]:
        lines.append(f"{plural(len(of['there']), 'log')} {_were(of['there'])} already there.")
    if of["failed"]:
        lines.append(f"{plural(len(of['failed']), 'log')} {_were(of['failed'])} not imported.")
    return lines


def dry_run_table(outcomes: Sequence[Outcome]) -> list[str]:
    """What an import would do."""
    rows = [
        [one.source, size(one.size), one.eval_set_id or "-", _WORDS.get(one.outcome, one.outcome)]
        for one in outcomes
    ]
    return table(_COLUMNS, rows)


def _were(some: Sequence[Outcome]) -> str:
    return "was" if len(some) == 1 else "were"
