"""What a chain of retries spent, whatever its logs' sums hold."""

from hypothesis import assume, given
from hypothesis import strategies as some

from hawk.results.usage.spending import NOTHING, Spent, add, own

few = some.integers(0, 1000)


@some.composite
def spent(draw: some.DrawFn, most: int = 1000) -> Spent:
    counts = [draw(some.integers(0, most)) for _ in range(5)]
    return Spent(counts[0], counts[1], counts[0] + counts[1], *counts[2:], cost=float(sum(counts)))


def alike(one: Spent, other: Spent) -> bool:
    return all(abs(getattr(one, name) - getattr(other, name)) < 1e-6 for name in Spent.__struct_fields__)


@given(spent(), spent())
def test_an_eval_that_is_no_retry_spent_what_its_log_says(samples: Spent, lost: Spent) -> None:
    assert alike(own(add((samples, lost)), samples, NOTHING, NOTHING), add((samples, lost)))


@given(spent(), spent(), spent(), spent(), some.booleans())
def test_a_retry_that_goes_on_from_the_sum_of_an_earlier_log(
    kept: Spent, failed: Spent, samples: Spent, lost: Spent, finished: bool
) -> None:
    before = add((kept, failed))
    assume(before.total >= kept.total)
    logged = add((before, samples, lost))
    assert alike(own(logged, samples, kept, before), add((samples, lost)))


@given(spent(), spent(), spent())
def test_an_unfinished_retry_is_the_sum_of_its_samples(kept: Spent, failed: Spent, samples: Spent) -> None:
    found = own(add((kept, samples)), samples, kept, add((kept, failed)))
    assert alike(found, samples)


@given(spent(), spent(), spent(), spent())
def test_a_retry_that_counts_from_nothing(kept: Spent, failed: Spent, samples: Spent, lost: Spent) -> None:
    assume(lost.total < kept.total)
    logged = add((samples, lost))
    assert alike(own(logged, samples, kept, add((kept, failed))), logged)


@given(spent(), spent())
def test_where_the_earlier_log_is_gone_its_samples_are_the_retrys(kept: Spent, samples: Spent) -> None:
    """Its log counts from nothing, so its samples say more than its sum."""
    every = add((kept, samples))
    assert alike(own(samples, every, NOTHING, NOTHING), every)


@given(some.lists(spent(), max_size=6), some.integers(0, 5))
def test_a_sum_has_no_cost_where_a_part_has_none(parts: list[Spent], place: int) -> None:
    assert add(parts).cost == sum(one.cost for one in parts)
    unpriced = Spent(total=1, cost=None)
    parts.insert(place, unpriced)
    assert add(parts).cost is None
    assert add(parts).total == sum(one.total for one in parts)
