"""What one eval spent itself: its log's sum, without what it took over from an earlier log."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec


class Spent(msgspec.Struct, frozen=True):
    """Tokens and their price in US dollars; ``cost`` is None where any of it is unknown."""

    input: int = 0
    output: int = 0
    total: int = 0
    cache_read: int = 0
    cache_write: int = 0
    reasoning: int = 0
    cost: float | None = 0.0


NOTHING = Spent()
_COUNTS = ("input", "output", "total", "cache_read", "cache_write", "reasoning")


def add(parts: Iterable[Spent]) -> Spent:
    """The sum of all parts."""
    every = list(parts)
    costs = [one.cost for one in every]
    known = [cost for cost in costs if cost is not None]
    cost = sum(known, 0.0) if len(known) == len(costs) else None
    return Spent(**{name: sum(getattr(one, name) for one in every) for name in _COUNTS}, cost=cost)


def own(logged: Spent, samples: Spent, copied: Spent, before: Spent) -> Spent:
    """What an eval used of one model, without what an earlier log of the same task tells of already.

    ``logged`` is the sum in its log, ``samples`` the sum over the samples that it ran, ``copied`` over
    those that it took over from earlier logs (the same uuid is there), ``before`` the sum in the log
    that it goes on from.

    A log's sum is more than its samples': failed tries of a sample, and samples that were never
    written, are in the sum alone, so samples can't replace it. But what a retry's sum holds differs:

    * newer Inspect goes on with an earlier log from that log's sum: take off ``before``;
    * a log that isn't finished has no sum, and the importer adds up all its samples, the copies too:
      take off ``copied``;
    * a retry within one run, and any retry by an older Inspect, counts from nothing: take off nothing.

    The log doesn't say which it is, but its own samples must fit into what remains: the larger of
    the two that leaves at least ``samples`` is taken off, and nothing where neither does. That errs
    only for a log of the last kind whose failed tries used as much as all that it took over. Where
    the earlier log is gone (Inspect removes it after a success) its samples are the eval's own, and count.
    """
    for taken in sorted((before, copied), key=lambda one: one.total, reverse=True):
        if logged.total - taken.total >= samples.total:
            return _at_least(_less(logged, taken), samples)
    return _at_least(logged, samples)


def _less(whole: Spent, part: Spent) -> Spent:
    cost = None if whole.cost is None or part.cost is None else whole.cost - part.cost
    return Spent(**{name: getattr(whole, name) - getattr(part, name) for name in _COUNTS}, cost=cost)


def _at_least(found: Spent, least: Spent) -> Spent:
    """Nothing is less than what the samples say, whatever a log was edited to."""
    cost = None if found.cost is None or least.cost is None else max(found.cost, least.cost)
    return Spent(**{name: max(getattr(found, name), getattr(least, name)) for name in _COUNTS}, cost=cost)
