"""The one number that stands for an eval, or for a sample of it, as Inspect finds it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from hawk.importers.records import HeadlineRecord, ResultScoreRecord
from hawk.importers.values import Row, score_number


def eval_headline(
    scores: Mapping[str, ResultScoreRecord], wanted: HeadlineRecord | None
) -> tuple[str | None, float | None]:
    """The name of the score, and its metric's value.

    What is wanted narrows the scores down step by step. Where a step leaves none, the whole wish is
    given up, for the first metric of the first score.
    """
    found = _narrowed(scores, wanted) if wanted else None
    name, metric = found or (next(iter(scores), None), None)
    if name is None:
        return None, None
    metrics = scores[name].metrics
    chosen = metrics.get(metric) if metric is not None else next(iter(metrics.values()), None)
    return name, score_number(chosen.value) if chosen else None


def sample_headline(scores: list[Row], wanted: HeadlineRecord | None) -> float | None:
    """The number of the score that is wanted, else of the first."""
    if wanted is not None:
        for score in scores:
            if score["scorer"] == wanted.scorer:
                return _part(score, wanted.score)
    return scores[0]["number"] if scores else None


def _narrowed(
    scores: Mapping[str, ResultScoreRecord], wanted: HeadlineRecord
) -> tuple[str, str | None] | None:
    left = dict(scores)
    for field, value in (("reducer", wanted.reducer), ("scorer", wanted.scorer), ("name", wanted.score)):
        if value is not None:
            left = {name: score for name, score in left.items() if getattr(score, field) == value}
    if wanted.metric is not None:
        left = {name: score for name, score in left.items() if wanted.metric in score.metrics}
    return (next(iter(left)), wanted.metric) if left else None


def _part(score: Row, name: str | None) -> float | None:
    """Of a score with several values the number of the one that has the name."""
    value = score["value"]
    if name is None or not isinstance(value, dict):
        return score["number"]
    return score_number(cast("dict[str, Any]", value).get(name))
