"""A solver that takes its time."""

from __future__ import annotations

import time

import anyio
from inspect_ai.solver import Generate, Solver, TaskState, solver


@solver
def take_time(seconds: float = 1.0, busy: bool = False) -> Solver:
    """Answer first, then go on for ``seconds``, so that a sample that is cut short has something to score.

    ``busy`` holds the interpreter all that time, as badly written Python code would.
    """

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        state = await generate(state)
        if busy:
            time.sleep(seconds)  # noqa: ASYNC251 - to hold up the event loop is the point of it
            return state
        await anyio.sleep(seconds)
        return state

    return solve
