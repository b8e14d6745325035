"""Scorers and solvers for logs that have a bit of everything."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import inspect_ai.model as models
import inspect_ai.scorer as scorers
from inspect_ai.model import ChatMessageUser, get_model
from inspect_ai.scorer import Score, mean, metric, scorer
from inspect_ai.solver import Generate, Solver, TaskState, solver
from parrot import LONG, ODD

NAN = float("nan") if hasattr(models, "ContentReasoning") else 0.0
"""Logs before Inspect 0.3.71 lose a NaN, and no reader takes what they have in its place."""

failed: set[Any] = set()
"""Epochs of the sample that fails once, by which it failed in this log."""


@metric
def count() -> Any:
    def compute(scores: list[Any]) -> float:
        return float(len(scores))

    return compute


@scorer(metrics={"exact": [mean()], "close": [mean()]})
def graded() -> Any:
    async def grade(state: TaskState, target: Any) -> Score:
        odd = {"k": float("nan"), "nested": ["\0", "ü"], "big": 10**25}
        return Score(value={"exact": 1, "close": 0.5}, explanation=f"{LONG}{ODD}", metadata=odd)

    return grade


@scorer(metrics=[count()])
def listed() -> Any:
    async def grade(state: TaskState, target: Any) -> Score:
        return Score(value=[1, 0.5, 0], answer="three of them")

    return grade


@scorer(metrics=[count()])
def unsure() -> Any:
    async def grade(state: TaskState, target: Any) -> Score:
        return Score(value=NAN if state.epoch == 2 else 0.25, answer="ü", explanation="why")

    return grade


@scorer(metrics=[count()])
def letters() -> Any:
    """A letter grade or a word, by the sample."""
    words = {1: "P", "raises": "I", "steps": "yes", "talks": "No", "roles": "0.75", "retries": "N"}

    async def grade(state: TaskState, target: Any) -> Score:
        return Score(value=words.get(state.sample_id, "no word of a grade"))

    return grade


@solver
def behave() -> Solver:
    """Each sample does what its id says."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        await _trouble(state)
        if state.sample_id == "talks":
            for turn in range(10):
                state.messages.append(ChatMessageUser(content=f"go on {turn}"))
                state = await generate(state)
        if state.sample_id == "roles":
            # Model roles are of Inspect 0.3.89.
            critic: Any = get_model(role="critic")
            await critic.generate(f"What do you say to this: {LONG}?")
        return state

    return solve


async def _trouble(state: TaskState) -> None:
    if state.sample_id == "raises":
        msg = f"no good {ODD}"
        raise ValueError(msg)
    if state.sample_id == "retries" and state.epoch not in failed:
        failed.add(state.epoch)
        await get_model().generate(f"before the error {LONG}")
        msg = "not at once"
        raise RuntimeError(msg)
    if state.sample_id == "steps":
        await scorers.score(state)


@solver
def keep_snapshot(source: str, target: str) -> Solver:
    """Copy the log as it is while its last sample runs."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        if state.sample_id == "last":
            for log in Path(source).glob("*.eval"):
                shutil.copy(log, Path(target) / log.name)
        return state

    return solve
