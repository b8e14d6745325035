"""What a regular expression's matches have for sure, so that most pages need not be looked at."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"\\[pP]\{[^}]*\}|\\x\{[^}]*\}|\\x..|\\.|\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]|.", re.DOTALL
)
_OPTIONAL = re.compile(r"[*?]|\{0?,|\{0\}")
_REPEAT = re.compile(r"(?:[*+?]|\{[0-9]*,?[0-9]*\})\??")
_PLAIN_ESCAPE = re.compile(r"\\[^A-Za-z0-9]\Z", re.DOTALL)
_SPECIAL = frozenset(".^$()|*+?{}[]\\")


def required_literal(pattern: str) -> str:
    """The longest text that every match of ``pattern`` (RE2's syntax) has; empty where none is sure.

    Cautious: what it doesn't understand tells nothing.
    """
    if "|" in pattern or "(?" in pattern or "\\Q" in pattern or ("(" in pattern and _optional_group(pattern)):
        return ""
    longest, run, position = "", "", 0
    while position < len(pattern):
        token = _TOKEN.match(pattern, position)
        if token is None:
            return ""
        position = token.end()
        repeat = _REPEAT.match(pattern, position)
        literal = _literal(token[0])
        if repeat is not None:
            sure = "" if literal is None or _OPTIONAL.match(repeat[0]) else literal
            longest, run, position = max(longest, run + sure, key=len), "", repeat.end()
        elif literal is None:
            longest, run = max(longest, run, key=len), ""
        else:
            run += literal
    return max(longest, run, key=len)


def _literal(token: str) -> str | None:
    """The letter that a token stands for; empty for a bracket of a group, None for anything else."""
    if token in {"(", ")"}:
        return ""
    if _PLAIN_ESCAPE.match(token):
        return token[1]
    return None if token[0] in _SPECIAL else token


def _optional_group(pattern: str) -> bool:
    """Whether some group may be left out or repeated."""
    return re.search(r"\)[*+?{]", pattern) is not None
