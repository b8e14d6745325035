"""Everything of one sample that can be searched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from hawk.importers.decoding import Undecodable, clean_text, decode
from hawk.importers.records import ErrorRecord
from hawk.importers.sample_records import EventRecord, SampleRecord, ScoreRecord
from hawk.importers.text.entries import NOWHERE, Entry, Kind
from hawk.importers.text.messages import MessageReader
from hawk.importers.text.records import (
    ANYTHING,
    FAILURE,
    MESSAGE,
    OUTPUT,
    RAW_LIST,
    FailureRecord,
    MessageRecord,
    ToolCallRecord,
)


def entries_of(record: SampleRecord, scores: dict[str, ScoreRecord]) -> Iterator[Entry]:
    """The entries of a sample, each text of a kind once unless several messages have it.

    Messages come first, in order; then what only events or pools have (a subagent's talk, a
    conversation before it was compacted), then errors and what scorers said.
    """
    reader = MessageReader(record.known_attachments)
    told: set[tuple[Kind, str]] = set()
    for entry in _listed(record, reader):
        told.add((entry.kind, entry.text))
        yield entry
    for entry in _elsewhere(record, reader):
        if (entry.kind, entry.text) not in told:
            told.add((entry.kind, entry.text))
            yield entry
    yield from _plain(_judged(record, scores, reader))


def _listed(record: SampleRecord, reader: MessageReader) -> Iterator[Entry]:
    for index, message in enumerate(record.messages):
        yield from reader.entries(message, index)


def _elsewhere(record: SampleRecord, reader: MessageReader) -> Iterator[Entry]:
    yield from _inputs(record, reader)
    for message in _distinct(_pooled(record)):
        yield from reader.entries(message, NOWHERE)
    calls = (call for message in record.messages for call in message.tool_calls or ())
    listed = {call.id for call in calls if isinstance(call.id, str)}
    for event in _events(record):
        if event.event == "model" and event.output not in _NOTHING:
            for choice in decode(bytes(event.output), OUTPUT).choices:
                yield from reader.entries(choice.message, NOWHERE)
        elif event.event == "tool" and not (isinstance(event.id, str) and event.id in listed):
            yield from _tool(event, reader)


def _events(record: SampleRecord) -> Iterator[EventRecord]:
    """Events of the sample, and of tries of it that failed."""
    yield from record.all_events
    for retried in record.error_retries or ():
        yield from retried.events


def _inputs(record: SampleRecord, reader: MessageReader) -> Iterator[Entry]:
    """What the sample was given, where its messages don't begin with it."""
    if isinstance(record.input, str):
        text = reader.value(record.input)
        if not any(message.content == record.input for message in record.messages[:2]):
            yield from _plain([("input", text)])
        return
    for message in record.input:
        yield from reader.entries(message, NOWHERE)


def _pooled(record: SampleRecord) -> Iterator[msgspec.Raw]:
    """Messages that models were given, by themselves or in each of the events."""
    yield from record.pooled_messages
    for event in _events(record):
        if event.event == "model" and event.input not in _NOTHING:
            yield from decode(bytes(event.input), RAW_LIST)


def _distinct(messages: Iterable[msgspec.Raw]) -> Iterator[MessageRecord]:
    """Each once: without pools every event has its whole conversation again."""
    seen: set[bytes] = set()
    for raw in messages:
        data = bytes(raw)
        if data not in seen:
            seen.add(data)
            yield decode(data, MESSAGE)


def _tool(event: EventRecord, reader: MessageReader) -> Iterator[Entry]:
    """A tool that was called outside of any message."""
    arguments = _value(event.arguments)
    name = event.function if isinstance(event.function, str) else ""
    call = ToolCallRecord(function=name, arguments=arguments)
    yield Entry("tool_call", NOWHERE, reader.call(call))
    result = _value(event.result)
    error = _failure(event)
    told = (reader.value(result) if result else "", reader.failure(error))
    yield from _plain([("tool", "\n".join(filter(None, told)))])


def _failure(event: EventRecord) -> FailureRecord | None:
    if event.error in _NOTHING:
        return None
    try:
        return decode(bytes(event.error), FAILURE)
    except Undecodable:
        return None


def _value(raw: msgspec.Raw) -> Any:
    return None if raw in _NOTHING else decode(bytes(raw), ANYTHING)


_NOTHING = (msgspec.Raw(), msgspec.Raw(b"null"), msgspec.Raw(b"[]"))


def _judged(
    record: SampleRecord, scores: dict[str, ScoreRecord], reader: MessageReader
) -> Iterator[tuple[Kind, str]]:
    targets = [record.target] if isinstance(record.target, str) else record.target
    yield "target", "\n".join(reader.value(one) for one in targets)
    for error in (record.error, *(record.error_retries or ())):
        if error is not None:
            yield "error", _error_text(error, reader)
    for name, score in scores.items():
        said = [reader.value(text) for text in (score.answer, score.explanation) if text]
        if said:
            yield "score", "\n".join([name, *dict.fromkeys(said)])


def _error_text(error: ErrorRecord, reader: MessageReader) -> str:
    text = reader.value(error.traceback) if error.traceback else ""
    return text if error.message in text else f"{error.message}\n{text}"


def _plain(texts: Iterable[tuple[Kind, str]]) -> Iterator[Entry]:
    for kind, text in texts:
        cleaned = clean_text(text)
        if cleaned:
            yield Entry(kind, NOWHERE, cleaned)
