"""The job's secrets: from a pipe into this process, and out of everything it writes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping

HIDDEN = "[secret]"
_SHORTEST = 4


def read_secrets(fd: int) -> dict[str, str]:
    """The JSON object that a pipe holds until its end."""
    with os.fdopen(fd, "rb") as pipe:
        return json.loads(pipe.read() or b"{}")


class Mask:
    """Takes secret values out of a text. Values of less than four characters would hide half of it."""

    def __init__(self, values: Iterable[str]) -> None:
        parts = {part for value in values for part in (value, *value.splitlines()) if len(part) >= _SHORTEST}
        self._values = sorted(parts, key=len, reverse=True)

    def hide(self, text: str) -> str:
        """The text with ``[secret]`` in the place of every secret."""
        for value in self._values:
            text = text.replace(value, HIDDEN)
        return text


def apply_environment(secrets: Mapping[str, str], environment: Mapping[str, str]) -> None:
    """Set both for this process and its children; the config's environment wins over a secret."""
    os.environ.update({**secrets, **environment})
