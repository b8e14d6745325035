"""Regular expressions that take linear time, whoever wrote them: RE2's."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Protocol

from hawk.errors import UsageFault


class Match(Protocol):
    """A match of an expression."""

    def start(self) -> int:
        """Where it begins."""
        ...

    def end(self) -> int:
        """Where it ends."""
        ...


class Expression(Protocol):
    """A compiled expression, for text or for UTF-8 bytes."""

    def search(self, text: str | bytes) -> Match | None:
        """The first match."""
        ...


def compiled(pattern: str, *, case: bool) -> Expression:
    """Compile an expression, in which ``^`` and ``$`` stand for lines' ends. Raises UsageFault."""
    re2: Any = import_module("re2")
    options = re2.Options()
    options.case_sensitive = case
    options.log_errors = False
    try:
        return re2.compile(f"{_LINES}{pattern}", options)
    except re2.error as error:
        raise UsageFault(
            f"{pattern!r} is no regular expression: {_told(error).removesuffix(f': {_LINES}{pattern}')}.",
            fix="The syntax is RE2's: https://github.com/google/re2/wiki/Syntax",
        ) from error


_LINES = "(?m)"


def _told(error: Exception) -> str:
    text = error.args[0] if error.args else str(error)
    return text.decode(errors="replace") if isinstance(text, bytes) else str(text)
