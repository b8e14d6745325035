"""Content that a log keeps once, beside the sample, and names wherever it occurs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

ATTACHMENT = "attachment://"
OLD_ATTACHMENT = "tc://"


class Attachments:
    """The attachments of one sample, by the hash that stands in their place."""

    def __init__(self, content: Mapping[str, str]) -> None:
        self._content = content

    def text(self, text: str) -> str:
        """What ``text`` stands for: itself, unless it is a reference that the sample knows."""
        for protocol in (ATTACHMENT, OLD_ATTACHMENT):
            if text.startswith(protocol):
                return self._content.get(text.removeprefix(protocol), text)
        return text

    def value(self, value: Any) -> Any:
        """Plain data with every reference in it replaced."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(one) for one in cast("list[Any]", value)]
        if isinstance(value, dict):
            return self.arguments(cast("dict[str, Any]", value))
        return value

    def arguments(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments of a tool call with every reference in them replaced."""
        return {name: self.value(value) for name, value in arguments.items()}
