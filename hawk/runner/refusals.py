"""What Inspect says when it won't run an eval set, in Hawk's words."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import TracebackType

from inspect_ai._util.error import PrerequisiteError
from rich.errors import MarkupError
from rich.text import Text

from hawk.errors import InvalidConfig
from hawk.runner.blame import last_line, place

_DIRTY = "not associated with a task"
_TWICE = "is not distinct"


class Refusals:
    """Turns a refusal into an :class:`InvalidConfig`; any other error goes on as it is.

    Before anything has begun (``begun``), a wrong value or type is one of the config too.
    """

    def __init__(self, begun: Callable[[], bool]) -> None:
        self._begun = begun

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, PrerequisiteError):
            raise _refused(_plain(str(error.message))) from error
        if isinstance(error, (ValueError, TypeError)) and not self._begun():
            raise InvalidConfig(f"Inspect can't run this: {last_line(error)}{place(error)}.") from error


def _refused(message: str) -> InvalidConfig:
    if _DIRTY in message:
        found = re.search(r"'([^']+)'", message)
        name = f" ({found[1]})" if found else ""
        return InvalidConfig(
            f"The log folder holds logs that don't belong to this eval set{name}.",
            fix="Take another `eval_set_id`, or run it again with --log-dir-allow-dirty.",
        )
    if _TWICE in message:
        found = re.search(r"'([^']+)'", message)
        return InvalidConfig(
            f"The task '{found[1] if found else '?'}' is there twice with equal arguments, solver and model.",
            fix="Inspect tells tasks apart by these alone; put all `sample_ids` under one item.",
        )
    return InvalidConfig(f"Inspect refuses: {message}")


def _plain(message: str) -> str:
    try:
        text = Text.from_markup(message).plain
    except MarkupError:
        text = message
    return " ".join(text.split()).removeprefix("ERROR: ").removeprefix("Error: ")
