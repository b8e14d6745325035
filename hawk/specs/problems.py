"""Problems of a config as lines of text."""

from __future__ import annotations

from collections.abc import Iterable

from hawk.errors import FieldProblem, InvalidConfig


def render_problems(error: InvalidConfig, source: str) -> list[str]:
    """One line a problem: ``simple.eval-set.yaml:12: tasks[0].items[2].name: expected a string, found 3``."""
    return [render_problem(problem, source) for problem in error.problems]


def render_problem(problem: FieldProblem, source: str) -> str:
    """One problem or warning as a line, the place first."""
    place = source if problem.line is None else f"{source}:{problem.line}"
    return ": ".join(part for part in (place, problem.path, problem.message) if part)


def invalid(source: str, problems: Iterable[FieldProblem]) -> InvalidConfig:
    """The error of a source with these problems."""
    every = tuple(problems)
    count = "1 problem" if len(every) == 1 else f"{len(every)} problems"
    return InvalidConfig(f"{source} has {count}.", every, source=source)
