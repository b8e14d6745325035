"""Whose code failed, and where: in one line for the user."""

from __future__ import annotations

import sysconfig
import traceback
from pathlib import Path
from types import TracebackType

from hawk.errors import HawkError, InvalidConfig
from hawk.runner.console import Console


class UsersCode:
    """Runs code of the user's packages: what it raises becomes an :class:`InvalidConfig` that says where.

    ``doing`` completes the sentence: ``Task x could not be loaded``. The traceback goes to the job's log.
    """

    def __init__(self, console: Console, doing: str, fix: str | None = None) -> None:
        self._console, self._doing, self._fix = console, doing, fix

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None or isinstance(error, (HawkError, KeyboardInterrupt)):
            return
        self._console.say_traceback(error)
        raise InvalidConfig(f"{self._doing}: {last_line(error)}{place(error)}.", fix=self._fix) from error


def last_line(error: BaseException) -> str:
    """The exception's type and the last line of what it says."""
    text = str(error).strip()
    return f"{type(error).__name__}: {text.splitlines()[-1].rstrip('.')}" if text else type(error).__name__


def place(error: BaseException) -> str:
    """`` (file:line, in function)`` of the last step outside of Hawk, Inspect and Python, if any."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not _is_library(frame.filename)]
    if not frames:
        return ""
    frame = frames[-1]
    return f" ({frame.filename}:{frame.lineno}, in {frame.name})"


def _is_library(filename: str) -> bool:
    import inspect_ai

    ours = Path(__file__).parent.parent
    roots = (ours, Path(inspect_ai.__file__).parent, Path(sysconfig.get_path("stdlib")))
    site = Path(sysconfig.get_path("purelib"))
    path = Path(filename)
    if path.is_relative_to(site):
        return path.is_relative_to(roots[1]) or path.is_relative_to(ours)
    return filename.startswith("<") or any(path.is_relative_to(root) for root in roots)
