"""The job's secrets: from a pipe into this process, and out of everything it writes."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping

HIDDEN = "[secret]"
_SHORTEST, _SHORTEST_LINE = 4, 8
_PLAIN_WORDS = frozenset(
    {"true", "false", "none", "null", "info", "debug", "warning", "error", "test", "auto"}
)


def read_secrets(fd: int) -> dict[str, str]:
    """The JSON object that a pipe holds until its end."""
    with os.fdopen(fd, "rb") as pipe:
        return json.loads(pipe.read() or b"{}")


class Mask:
    """Takes secret values out of a text: the same forms as the supervisor's mask of the job's log.

    The supervisor imports nothing of Hawk and the runner no backend, so there are two; a test
    keeps them alike.
    """

    def __init__(self, values: Iterable[str]) -> None:
        forms = sorted({form for value in values for form in _forms(value)}, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, forms))) if forms else None

    def hide(self, text: str) -> str:
        """The text with ``[secret]`` in the place of every secret."""
        return self._pattern.sub(HIDDEN, text) if self._pattern else text


def _forms(value: str) -> set[str]:
    escaped = {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    escaped |= {repr(value)[1:-1], repr(f"{value}'\"")[1:-4]}
    lines = {line.strip() for line in value.splitlines() if len(line.strip()) >= _SHORTEST_LINE}
    return {form for form in {value, value.strip()} | escaped | lines if _is_secret(form)}


def _is_secret(form: str) -> bool:
    return len(form) >= _SHORTEST and form.lower() not in _PLAIN_WORDS


def apply_environment(secrets: Mapping[str, str], environment: Mapping[str, str]) -> None:
    """Set both for this process and its children; the config's environment wins over a secret."""
    os.environ.update({**secrets, **environment})
