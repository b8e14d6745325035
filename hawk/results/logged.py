"""What a reader needs of a sample's JSON as Inspect logs it; everything else in it is skipped.

Types are as wide as the logs of all Inspect versions need, for the log is not ours to refuse.
"""

from __future__ import annotations

from typing import Any

import msgspec

from hawk.errors import Unavailable
from hawk.importers.decoding import Undecodable, decode
from hawk.importers.records import ErrorRecord, Usage
from hawk.results.types import ScoreValue


class LoggedContent(msgspec.Struct, frozen=True):
    """One part of a message: text, reasoning, a use of the provider's own tools, or media."""

    type: str
    text: str = ""
    reasoning: str = ""
    summary: str | None = None
    redacted: bool = False
    name: str = ""
    arguments: str = ""
    result: str = ""
    error: str | None = None
    filename: str = ""


class LoggedToolCall(msgspec.Struct, frozen=True):
    """A call of a tool."""

    id: str
    function: str
    arguments: dict[str, Any] = {}


class LoggedToolError(msgspec.Struct, frozen=True):
    """Why a tool failed."""

    message: str
    type: str = "unknown"


class LoggedMessage(msgspec.Struct, frozen=True):
    """A message of any role. ``tool_error`` is what old logs have instead of ``error``."""

    role: str
    content: str | list[LoggedContent] = ""
    model: str | None = None
    function: str | None = None
    tool_calls: list[LoggedToolCall] | None = None
    error: LoggedToolError | None = None
    tool_error: str | None = None


class LoggedScore(msgspec.Struct, frozen=True):
    """A score as the scorer gave it, or as it was edited since."""

    value: ScoreValue = None
    answer: str | None = None
    explanation: str | None = None


class LoggedEvents(msgspec.Struct, frozen=True):
    """Where logs before Inspect 0.3.75 keep the attachments."""

    content: dict[str, str] = {}


class LoggedSample(msgspec.Struct, frozen=True):
    """One sample. ``score`` and ``transcript`` are old names of ``scores`` and ``attachments``."""

    input: str | list[LoggedMessage]
    target: str | list[str] = ""
    messages: list[LoggedMessage] = []
    scores: dict[str, LoggedScore] | None = None
    score: LoggedScore | None = None
    error: ErrorRecord | None = None
    model_usage: Usage | None = None
    attachments: dict[str, str] = {}
    transcript: LoggedEvents | None = None


def decode_sample(member: bytes, place: str) -> LoggedSample:
    """The sample in a member of a log; NaN and Infinity, which JSON lacks, are None.

    ``place`` says which it is, for an error. Raises Unavailable for what is no sample.
    """
    try:
        return decode(member, _DECODER)
    except Undecodable as error:
        raise Unavailable(
            f"{place} is no sample that can be read: {error}.",
            fix="`hawk transcript --raw` shows what is there.",
        ) from error


_DECODER = msgspec.json.Decoder(LoggedSample)
