"""Errors as a user reads them: what happened, to what, what to do; one or two lines."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, cast

from hawk.cli.output import paint, say
from hawk.cli.text import one_line
from hawk.errors import FieldProblem, HawkError, InvalidConfig, MissingSecrets, Unavailable

if TYPE_CHECKING:
    from cyclopts import CycloptsError

_TWICE = (MissingSecrets,)
"""Errors whose message says all that their problems say."""


def tell(error: HawkError) -> None:
    """Print an error of Hawk's: its message, every problem with its place, and the fix."""
    problems = () if isinstance(error, _TWICE) else _problems(error)
    message = error.message if error.message or problems else error.title
    _error(message)
    for line in problems:
        say(f"  {line}")
    if error.fix:
        say(f"  {error.fix}")


def tell_usage(error: CycloptsError) -> None:
    """Print what is wrong with a command line, and how it is written right."""
    error.verbose = False
    _error(one_line(str(error)))
    say(f"Usage: {_usage(error)}")


def apologise(error: Exception) -> None:
    """Print that Hawk made a mistake."""
    _error(f"Hawk made a mistake ({type(error).__name__}: {one_line(str(error))[:200]}).")
    say("  Sorry. The same command with --debug shows where; please report it.")


def hawk_error(error: BaseException) -> HawkError | None:
    """The error of Hawk's tree that an exception is, wraps or stands for; None for any other."""
    if isinstance(error, HawkError):
        return error
    if isinstance(error, BaseExceptionGroup):
        inner = cast("tuple[BaseException, ...]", error.exceptions)
        return hawk_error(inner[0]) if len(inner) == 1 else None
    if isinstance(error, OSError):
        place = f"{os.fsdecode(error.filename)}: " if error.filename else ""
        return Unavailable(f"{place}{error.strerror or error}.")
    return None


def problem_line(problem: FieldProblem, source: str | None) -> str:
    """``file:line: path: message``, with what is known of it."""
    place = source if source is None or problem.line is None else f"{source}:{problem.line}"
    return one_line(": ".join(part for part in (place, problem.path, problem.message) if part))


def _error(message: str) -> None:
    say(f"{paint('error:', 'red', sys.stderr)} {message}")


def _problems(error: HawkError) -> list[str]:
    if not isinstance(error, InvalidConfig):
        return []
    return [problem_line(problem, error.source) for problem in error.problems]


def _usage(error: CycloptsError) -> str:
    from cyclopts.help import format_usage

    from hawk.cli.app import make_app

    return one_line(str(format_usage(make_app(), error.command_chain or ())))
