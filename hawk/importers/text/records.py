"""Messages and events as logs have them: just the fields whose text is searched.

Of events only what models and tools said is read, and only where no message has it.
"""

from __future__ import annotations

from typing import Any

import msgspec


class PartRecord(msgspec.Struct):
    """One part of a message: text, reasoning, a use of the provider's own tools, or media."""

    type: str = ""
    text: Any = None
    reasoning: Any = None
    summary: Any = None
    redacted: bool = False
    name: Any = None
    arguments: Any = None
    result: Any = None
    error: Any = None
    data: Any = None


class ToolCallRecord(msgspec.Struct):
    """A call of a tool."""

    id: Any = None
    function: str = ""
    arguments: Any = None


class FailureRecord(msgspec.Struct):
    """Why a tool failed."""

    message: str = ""
    type: str = "unknown"


class MessageRecord(msgspec.Struct):
    """A message of any role. ``tool_error`` is what old logs have instead of ``error``.

    ``reasoning`` is where Inspect 0.3.62 to 0.3.70 had what is a part of the content since.
    """

    role: str = ""
    content: str | list[PartRecord] = ""
    reasoning: Any = None
    tool_calls: list[ToolCallRecord] | None = None
    error: FailureRecord | None = None
    tool_error: str | None = None


class ChoiceRecord(msgspec.Struct):
    """One answer of a model."""

    message: MessageRecord


class OutputRecord(msgspec.Struct):
    """What a model answered."""

    choices: list[ChoiceRecord] = []


MESSAGE = msgspec.json.Decoder(MessageRecord)
RAW_LIST = msgspec.json.Decoder(list[msgspec.Raw])
OUTPUT = msgspec.json.Decoder(OutputRecord)
FAILURE = msgspec.json.Decoder(FailureRecord)
ANYTHING = msgspec.json.Decoder(Any)
