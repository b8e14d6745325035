"""Means with their standard errors, as the field reports them: the sample id is the unit of chance.

Epochs of one sample aren't independent, so each sample id counts once, by the mean of its epochs;
differences are taken sample by sample, which removes how hard each sample is from the error.
Intervals are normal ones: with a handful of samples they are too narrow.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from statistics import NormalDist, fmean

import msgspec

_REACH = NormalDist().inv_cdf(0.975)
_GRADES = {0.0, 0.5, 1.0}
_HALF = 0.5


class Estimate(msgspec.Struct, frozen=True):
    """A mean of ``count`` values; None of none. ``stderr`` needs two."""

    count: int
    mean: float | None
    stderr: float | None

    @property
    def interval(self) -> tuple[float | None, float | None]:
        """Where the true mean lies, 95 times of 100."""
        if self.mean is None or self.stderr is None:
            return None, None
        return self.mean - _REACH * self.stderr, self.mean + _REACH * self.stderr


def estimate(values: Sequence[float]) -> Estimate:
    """The mean of independent values, and the standard error of it."""
    count = len(values)
    if not count:
        return Estimate(0, None, None)
    mean = fmean(values)
    if count == 1:
        return Estimate(1, mean, None)
    squares = math.fsum((value - mean) ** 2 for value in values)
    return Estimate(count, mean, math.sqrt(squares / (count - 1) / count))


def paired(before: Mapping[str, float], after: Mapping[str, float]) -> Estimate:
    """The mean of the differences on the samples that both have."""
    return estimate([after[one] - before[one] for one in before if one in after])


def is_graded(numbers: Iterable[float]) -> bool:
    """Whether scores say right or wrong (1 or 0, or 0.5 for partly), rather than measure something."""
    return all(number in _GRADES for number in numbers)


def change(before: float, after: float, *, graded: bool) -> int:
    """1 for better, -1 for worse, 0 for neither. A graded mean must cross 0.5 to count."""
    if graded:
        return (before < _HALF < after) - (after < _HALF < before)
    return (before < after) - (after < before)
