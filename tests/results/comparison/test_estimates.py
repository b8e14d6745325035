"""Means and errors against the textbook, and against other ways to come to them."""

import math
from statistics import NormalDist, mean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as some

from hawk.results.comparison.estimates import change, estimate, is_graded, paired

numbers = some.floats(-1e6, 1e6, allow_subnormal=False)
samples = some.dictionaries(some.text(max_size=3), numbers, max_size=12)


@given(some.lists(numbers, min_size=2, max_size=40))
def test_a_mean_has_the_textbook_standard_error(values: list[float]) -> None:
    found = estimate(values)
    assert found.count == len(values)
    assert found.mean == pytest.approx(mean(values), rel=1e-9, abs=1e-9)
    assert found.stderr == pytest.approx(stdev(values) / math.sqrt(len(values)), rel=1e-9, abs=1e-9)


@given(some.lists(some.booleans(), min_size=2, max_size=60))
def test_of_right_and_wrong_it_is_the_one_of_a_share(answers: list[bool]) -> None:
    share, n = sum(answers) / len(answers), len(answers)
    found = estimate([float(one) for one in answers])
    assert found.stderr == pytest.approx(math.sqrt(share * (1 - share) / (n - 1)), abs=1e-12)


def test_one_value_has_no_error_and_none_has_no_mean() -> None:
    assert (estimate([3.0]).mean, estimate([3.0]).stderr, estimate([3.0]).interval) == (
        3.0,
        None,
        (None, None),
    )
    assert (estimate([]).count, estimate([]).mean, estimate([]).interval) == (0, None, (None, None))


@given(some.lists(numbers, min_size=2, max_size=40))
def test_an_interval_holds_95_percent_of_a_normal_distribution(values: list[float]) -> None:
    found = estimate(values)
    low, high = found.interval
    if found.stderr > 1e-3:
        around = NormalDist(found.mean, found.stderr)
        assert around.cdf(high) - around.cdf(low) == pytest.approx(0.95, abs=1e-6)


@given(samples, samples)
def test_a_paired_difference_is_that_of_the_shared_samples_one_by_one(
    before: dict[str, float], after: dict[str, float]
) -> None:
    shared = sorted(before.keys() & after.keys())
    found = paired(before, after)
    assert found.count == len(shared)
    if shared:
        gap = mean(after[one] for one in shared) - mean(before[one] for one in shared)
        assert found.mean == pytest.approx(gap, abs=1e-6)
    if len(shared) > 1:
        # The textbook's other way: var(a - b) = var(a) + var(b) - 2 cov(a, b).
        spread = stdev(after[one] - before[one] for one in shared) / math.sqrt(len(shared))
        assert found.stderr == pytest.approx(spread, rel=1e-9, abs=1e-9)


@given(samples, samples)
def test_the_other_way_round_is_the_same_with_the_other_sign(
    one: dict[str, float], other: dict[str, float]
) -> None:
    there, back = paired(one, other), paired(other, one)
    if there.mean is not None:
        assert there.mean == pytest.approx(-back.mean, abs=1e-9)
        assert there.stderr == back.stderr or there.stderr == pytest.approx(back.stderr, rel=1e-9, abs=1e-9)


@given(numbers, numbers, some.booleans())
def test_a_change_for_the_better_is_one_for_the_worse_backwards(a: float, b: float, graded: bool) -> None:
    assert change(a, b, graded=graded) == -change(b, a, graded=graded)


def test_a_grade_must_cross_the_middle_and_a_measure_must_only_move() -> None:
    assert [change(*pair, graded=True) for pair in ((0, 1), (1, 0), (0, 0.5), (0.25, 0.75), (0.6, 1))] == [
        1,
        -1,
        0,
        1,
        0,
    ]
    assert [change(*pair, graded=False) for pair in ((0.1, 0.2), (2, 1), (1, 1))] == [1, -1, 0]
    assert is_graded([0, 1, 0.5])
    assert not is_graded([0, 0.3])
