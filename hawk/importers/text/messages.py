"""The searchable text of one message."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, cast

import msgspec

from hawk.importers.attachments import Attachments
from hawk.importers.decoding import clean_text
from hawk.importers.text.entries import Entry, role_kind
from hawk.importers.text.records import FailureRecord, MessageRecord, PartRecord, ToolCallRecord


class MessageReader:
    """Reads the messages of one sample, whose attachments stand beside them."""

    def __init__(self, attachments: Attachments) -> None:
        self._attachments = attachments

    def entries(self, message: MessageRecord, index: int) -> Iterator[Entry]:
        """What a message says, what its model thought, and what it asked tools for."""
        text = self._said(message)
        if text:
            yield Entry(role_kind(message.role), index, text)
        thought = _joined(self._thoughts(message))
        if thought:
            yield Entry("reasoning", index, thought)
        for call in message.tool_calls or ():
            yield Entry("tool_call", index, self.call(call))

    def call(self, call: ToolCallRecord) -> str:
        """A tool call: the tool's name, then a line for each argument, strings as they are."""
        lines = [call.function]
        if isinstance(call.arguments, dict):
            arguments = cast("dict[str, Any]", call.arguments)
            lines += [f"{name}: {self.value(value)}" for name, value in arguments.items()]
        elif call.arguments:
            lines.append(self.value(call.arguments))
        return clean_text("\n".join(lines))

    def value(self, value: Any) -> str:
        """Text as it is, its attachment where it stands for one; anything else as JSON."""
        if isinstance(value, str):
            return self._attachments.text(value)
        if isinstance(value, list) and value and all(map(_is_text_part, cast("list[Any]", value))):
            return _joined(self.value(part["text"]) for part in cast("list[dict[str, Any]]", value))
        return msgspec.json.encode(self._attachments.value(value)).decode()

    def failure(self, error: FailureRecord | None) -> str:
        """Why a tool failed; empty where it didn't."""
        if error is None:
            return ""
        message = self._attachments.text(error.message)
        return message if error.type == "unknown" else f"{error.type}: {message}"

    def _said(self, message: MessageRecord) -> str:
        content = message.content
        if isinstance(content, str):
            said = self._attachments.text(content)
        else:
            said = _joined(map(self._shown, content))
        failure = message.tool_error or self.failure(message.error)
        return clean_text(f"{said}\n{failure}" if said and failure else said or failure)

    def _shown(self, part: PartRecord) -> str:
        match part.type:
            case "text":
                return self.value(part.text) if part.text else ""
            case "tool_use":
                fields = (part.name, part.arguments, part.result, part.error)
                return _joined(self.value(field) for field in fields if field)
            case "data":
                return self.value(part.data) if part.data else ""
            case _:
                return ""

    def _thoughts(self, message: MessageRecord) -> Iterator[str]:
        if isinstance(message.reasoning, str):
            yield clean_text(self._attachments.text(message.reasoning))
        if not isinstance(message.content, str):
            yield from map(self._thought, message.content)

    def _thought(self, part: PartRecord) -> str:
        """A redacted thought is the provider's cipher; only its summary is text."""
        if part.type != "reasoning":
            return ""
        summary = self.value(part.summary) if part.summary else ""
        if part.redacted or not part.reasoning:
            return clean_text(summary)
        return clean_text(_joined((self.value(part.reasoning), summary)))


def _joined(texts: Iterable[str]) -> str:
    return "\n".join(filter(None, texts))


def _is_text_part(value: Any) -> bool:
    return isinstance(value, dict) and cast("dict[str, Any]", value).get("type") == "text"
