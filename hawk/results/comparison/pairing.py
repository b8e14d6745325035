"""Which arm of the first id another arm is compared with, and how they differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from hawk.results.comparison.arms import EvalRow, Gathered, SampleRow
from hawk.results.comparison.estimates import change, is_graded, paired
from hawk.results.comparison.types import Flip, Paired

_SAME: tuple[Callable[[EvalRow], object], ...] = (
    lambda one: one.model,
    lambda one: one.solver,
    lambda one: one.key,
)


def counterpart(one: Gathered, first: Sequence[Gathered]) -> Gathered | str:
    """The first id's arm of the same task that ``one`` is compared with, or why there is none.

    Two runs of one config pair by model, solver and arguments. Where the first id has no such arm,
    what differs is what is being compared: of its arms with the same task, those with the same model
    are left, of these those with the same solver, of these those with the same arguments; a step
    that would leave none is skipped. If one is left, that is it: so one model pairs with another on
    the same task, and one agent with another. Of several none is chosen, as that would be a guess.
    """
    left = [other for other in first if other.eval.task == one.eval.task]
    if not left:
        return "the first has no such task"
    for part in _SAME:
        left = [other for other in left if part(other.eval) == part(one.eval)] or left
    if len(left) > 1:
        return "several of the first could be meant; compare evals by their ids"
    other = left[0]
    if other.scorer and one.scorer and other.scorer != one.scorer:
        return f"scored by {one.scorer} here and by {other.scorer} there; choose one with --scorer"
    return other


def compare(before: Gathered, after: Gathered, *, flips: bool) -> Paired:
    """How ``after`` differs from ``before`` on the samples that both scored."""
    difference = paired(before.means, after.means)
    graded = is_graded([*before.numbers(), *after.numbers()])
    moved = list(_moved(before, after, graded=graded))
    low, high = difference.interval
    both = before.epochs.keys() & after.epochs.keys()
    return Paired(
        model=before.eval.model,
        solver=before.eval.solver,
        samples=difference.count,
        difference=difference.mean,
        stderr=difference.stderr,
        low=low,
        high=high,
        graded=graded,
        better=sum(one.after > one.before for one in moved),
        worse=sum(one.after < one.before for one in moved),
        missing=len(before.epochs) - len(both),
        extra=len(after.epochs) - len(both),
        unscored=len(both) - difference.count,
        flips=tuple(moved) if flips else (),
    )


def _moved(before: Gathered, after: Gathered, *, graded: bool) -> Iterator[Flip]:
    """Samples that changed: the worse ones first, each kind by sample id."""
    shared = before.means.keys() & after.means.keys()
    changes = {one: change(before.means[one], after.means[one], graded=graded) for one in shared}
    for sample_id in sorted(changes, key=lambda one: (changes[one], len(one), one)):
        if sign := changes[sample_id]:
            yield Flip(
                sample_id=sample_id,
                before=before.means[sample_id],
                after=after.means[sample_id],
                before_uuid=_telling(before.epochs[sample_id], -sign).name,
                after_uuid=_telling(after.epochs[sample_id], sign).name,
            )


def _telling(rows: Sequence[SampleRow], sign: int) -> SampleRow:
    """The epoch with the best score (the worst, for -1); of equals the first."""
    scored = [row for row in rows if row.number is not None]
    return min(scored, key=lambda row: (-sign * (row.number or 0.0), row.epoch))
