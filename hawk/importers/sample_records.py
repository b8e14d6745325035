"""A sample as Inspect writes it: just the fields that are stored or searched."""

from __future__ import annotations

from typing import Any

import msgspec

from hawk.importers.attachments import Attachments
from hawk.importers.records import ErrorRecord, Number, ProvenanceRecord, Usage
from hawk.importers.text.records import MessageRecord


class ScoreEditRecord(msgspec.Struct):
    """One change of a score by hand; the first of a history is the scorer's own."""

    value: Any = None
    answer: Any = None
    explanation: Any = None
    metadata: Any = None
    provenance: ProvenanceRecord | None = None


class ScoreRecord(msgspec.Struct):
    """What a scorer said."""

    value: Any = None
    answer: str | None = None
    explanation: str | None = None
    metadata: dict[str, Any] | None = None
    history: list[ScoreEditRecord] = []


class EventRecord(msgspec.Struct):
    """One event of a transcript. What kinds of events mean differently is left as it stands."""

    event: str = ""
    timestamp: str | None = None
    intermediate: bool = False
    score: ScoreRecord | None = None
    scorer: str | None = None
    model: Any = None
    working_time: Any = None
    id: Any = None
    function: Any = None
    arguments: msgspec.Raw = msgspec.Raw()
    input: msgspec.Raw = msgspec.Raw()
    output: msgspec.Raw = msgspec.Raw()
    result: msgspec.Raw = msgspec.Raw()
    error: msgspec.Raw = msgspec.Raw()


class RetriedRecord(ErrorRecord):
    """A try of a sample that failed and was repeated."""

    events: list[EventRecord] = msgspec.field(default_factory=list[EventRecord])


class LimitRecord(msgspec.Struct):
    """The limit that ended a sample."""

    type: str
    limit: Number = None


class TranscriptRecord(msgspec.Struct):
    """Where logs before Inspect 0.3.43 keep their events and attachments."""

    events: list[EventRecord] = []
    content: dict[str, str] = {}


class PoolsRecord(msgspec.Struct):
    """Messages that events name by their place."""

    messages: list[msgspec.Raw] = []


class SampleRecord(msgspec.Struct):
    """One sample. ``score`` and ``transcript`` are old names of ``scores`` and ``events``."""

    id: str | int
    epoch: int = 1
    uuid: str | None = None
    input: str | list[MessageRecord] = ""
    target: str | list[str] = ""
    scores: dict[str, ScoreRecord] | None = None
    score: ScoreRecord | None = None
    error: ErrorRecord | None = None
    limit: LimitRecord | None = None
    model_usage: Usage | None = None
    started_at: str | None = None
    completed_at: str | None = None
    total_time: Number = None
    working_time: Number = None
    error_retries: list[RetriedRecord] | None = None
    invalidation: ProvenanceRecord | None = None
    messages: list[MessageRecord] = []
    events: list[EventRecord] = []
    transcript: TranscriptRecord | None = None
    attachments: dict[str, str] = {}
    events_data: PoolsRecord | None = None
    message_pool: list[msgspec.Raw] | None = None

    @property
    def all_events(self) -> list[EventRecord]:
        """The events, wherever the log has them."""
        return self.transcript.events if self.transcript is not None else self.events

    @property
    def known_attachments(self) -> Attachments:
        """What references in the sample stand for, wherever the log has it."""
        return Attachments(self.transcript.content if self.transcript is not None else self.attachments)

    @property
    def pooled_messages(self) -> list[msgspec.Raw]:
        """Messages that events name by their place; 0.3.195 to 0.3.199 had them elsewhere."""
        return self.events_data.messages if self.events_data is not None else self.message_pool or []


class IdRecord(msgspec.Struct):
    """Which sample it is."""

    id: str | int
    epoch: int = 1


SAMPLE = msgspec.json.Decoder(SampleRecord)
SAMPLE_ID = msgspec.json.Decoder(IdRecord)
