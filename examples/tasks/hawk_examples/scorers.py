"""Two scorers: one gives letters, the other a number."""

from __future__ import annotations

from inspect_ai.scorer import (
    CORRECT,
    INCORRECT,
    PARTIAL,
    Score,
    Scorer,
    Target,
    accuracy,
    mean,
    scorer,
    stderr,
)
from inspect_ai.solver import TaskState

from hawk_examples.sums import number_in


@scorer(metrics=[accuracy(), stderr()])
def graded(tolerance: float = 0.1) -> Scorer:
    """C for the right number, P for one that is off by less than ``tolerance`` of it, I for any other."""

    async def score(state: TaskState, target: Target) -> Score:
        found, wanted = number_in(state.output.completion), float(target.text)
        return Score(
            value=_grade(found, wanted, tolerance),
            answer=None if found is None else f"{found:g}",
            explanation=f"expected {wanted:g}",
        )

    return score


@scorer(metrics=[mean(), stderr()])
def closeness() -> Scorer:
    """1 for the right number, less the further off it is, 0 where there is no number."""

    async def score(state: TaskState, target: Target) -> Score:
        found, wanted = number_in(state.output.completion), float(target.text)
        if found is None:
            return Score(value=0.0, explanation="there is no number in the answer")
        return Score(value=1 / (1 + abs(found - wanted)), answer=f"{found:g}")

    return score


def _grade(found: float | None, wanted: float, tolerance: float) -> str:
    if found is None:
        return INCORRECT
    if found == wanted:
        return CORRECT
    return PARTIAL if abs(found - wanted) <= abs(wanted) * tolerance else INCORRECT
