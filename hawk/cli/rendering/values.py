"""Numbers, scores and counts as short texts."""

from __future__ import annotations

import math

from hawk.jobs.types import Counts
from hawk.results.types import Eval, ScoreValue
from hawk.specs.control import TokenCounts

_SCORES_SHOWN = 3


def number(value: float | None) -> str:
    """A score or a metric: whole numbers as such, others with three digits."""
    if value is None:
        return "-"
    if not math.isfinite(value):
        return str(value)
    return f"{value:.0f}" if value == int(value) and abs(value) < 1e15 else f"{value:.3f}"


def score(value: ScoreValue) -> str:
    """One scorer's value."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "-"}[value]
    if isinstance(value, int | float):
        return number(value)
    return str(value)


def scores(values: dict[str, ScoreValue]) -> str:
    """``scorer=value`` of the first three scorers."""
    parts = [f"{scorer}={score(value)}" for scorer, value in values.items()]
    more = " …" if len(parts) > _SCORES_SHOWN else ""
    return (", ".join(parts[:_SCORES_SHOWN]) + more) or "-"


def headline(one: Eval) -> str:
    """The first metric of the first scorer, with its name."""
    for scorer, metrics in one.scores.items():
        for metric, value in metrics.items():
            return f"{scorer}/{metric} {score(value)}"
    return "-" if one.score is None else score(one.score)


def counts(samples: Counts) -> str:
    """``3/10``."""
    return f"{samples.done}/{'?' if samples.total is None else samples.total}"


def tokens(used: TokenCounts) -> str:
    """``12,345``, or ``-`` for none."""
    return f"{used.total:,}" if used.total else "-"


def size(count: int) -> str:
    """Bytes as ``512 B``, ``3.4 kB``, ``34 MB``, ``1.2 GB``."""
    value, unit = float(count), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if value < 1000:
            break
        value, unit = value / 1000, larger
    return f"{value:.1f} {unit}" if unit != "B" and value < 10 else f"{value:.0f} {unit}"


def plural(count: int, noun: str) -> str:
    """``1 sample``, ``2 samples``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def cost(dollars: float | None) -> str:
    """``$12.35``, ``$0.0012``, or ``-`` where it isn't known."""
    if dollars is None:
        return "-"
    return f"${dollars:,.2f}" if dollars >= 1 or dollars == 0 else f"${dollars:.4f}"


def signed(value: float | None) -> str:
    """A difference with its sign: ``+0.250``, ``-0.250``, ``0``."""
    return number(value) if not value or not math.isfinite(value) else f"{value:+.3f}"
