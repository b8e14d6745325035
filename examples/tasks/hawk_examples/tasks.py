"""The tasks of the examples."""

from __future__ import annotations

import os

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.scorer import includes, match
from inspect_ai.solver import Generate, Solver, TaskState, generate, solver

from hawk_examples.agents import calculating
from hawk_examples.scorers import closeness, graded
from hawk_examples.solvers import take_time
from hawk_examples.sums import sums


@task
def arithmetic(count: int = 10, seed: int = 0) -> Task:
    """Sums, answered in one go."""
    return Task(dataset=sums(count, seed), solver=generate(), scorer=match(numeric=True))


@task
def calculation(count: int = 10, seed: int = 1) -> Task:
    """Sums for an agent with a calculator; graded by letters, and by how close the answer is."""
    return Task(
        dataset=sums(count, seed), solver=calculating(), scorer=[graded(), closeness()], message_limit=20
    )


@task
def slow(samples: int = 20, seconds: float = 3.0, busy: bool = False) -> Task:
    """Sums that take a while each: something to watch, and to stop."""
    return Task(dataset=sums(samples), solver=take_time(seconds, busy), scorer=match(numeric=True))


@task
def brittle(samples: int = 4, broken: int = 1, cured_by: str = "EXAMPLE_CURE") -> Task:
    """The first ``broken`` samples raise an error, unless the environment variable ``cured_by`` is set."""
    return Task(
        dataset=sums(samples), solver=[_break_some(broken, cured_by), generate()], scorer=match(numeric=True)
    )


@task
def unloadable(reason: str = "the dataset can't be found") -> Task:
    """Fails while it is loaded."""
    raise ValueError(reason)


@task
def sealed(secret: str = "EXAMPLE_SECRET") -> Task:  # noqa: S107 - a name, not a secret
    """Needs the environment variable ``secret``; its value goes nowhere."""
    return Task(
        dataset=MemoryDataset(
            [Sample(id="seal", input="Say: the seal is open", target="open")], name="sealed"
        ),
        solver=[_open_seal(secret), generate()],
        scorer=includes(),
    )


@solver
def _break_some(broken: int, cured_by: str) -> Solver:
    bad = {f"sum-{number}" for number in range(1, broken + 1)}

    async def solve(state: TaskState, generate: Generate) -> TaskState:  # noqa: ARG001
        if state.sample_id in bad and not os.environ.get(cured_by):
            msg = f"{state.sample_id} is broken; set {cured_by} to cure it"
            raise RuntimeError(msg)
        return state

    return solve


@solver
def _open_seal(secret: str) -> Solver:
    async def solve(state: TaskState, generate: Generate) -> TaskState:  # noqa: ARG001
        if not os.environ.get(secret):
            msg = f"the environment variable {secret} is not set"
            raise RuntimeError(msg)
        state.metadata["opened_with"] = secret
        return state

    return solve
