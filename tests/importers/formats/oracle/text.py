"""Every stretch of text of a sample that a search must find."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.importers.formats.oracle.values import plain


def searchable(sample: Any) -> Iterator[tuple[str, str]]:
    """Pairs of what it is and the text, as they are stored."""
    for what, text in _said(sample):
        if text and text.strip():
            yield what, plain(text)


def _said(sample: Any) -> Iterator[tuple[str, str]]:
    yield from _messages(sample.messages)
    yield from _given(sample.input)
    for event in sample.events:
        yield from _event(event)
    for retried in sample.error_retries or ():
        yield "error of a retry", retried.message
        for event in retried.events or ():
            yield from _event(event)
    if sample.error:
        yield "error", sample.error.message
    for name, score in (sample.scores or {}).items():
        yield f"answer of {name}", score.answer or ""
        yield f"explanation of {name}", score.explanation or ""


def _given(given: Any) -> Iterator[tuple[str, str]]:
    if isinstance(given, str):
        yield "input", given
    else:
        yield from _messages(given)


def _event(event: Any) -> Iterator[tuple[str, str]]:
    if event.event == "model":
        yield from _messages(event.input)
        yield from _messages([choice.message for choice in event.output.choices])
    if event.event == "tool":
        yield from _strings("arguments of a tool event", event.arguments)
        yield from _strings("result of a tool event", event.result)
        yield "error of a tool event", event.error.message if event.error else ""


def _messages(messages: list[Any]) -> Iterator[tuple[str, str]]:
    for message in messages:
        yield message.role, message.text
        for part in message.content if isinstance(message.content, list) else ():
            if part.type == "reasoning":
                yield "reasoning", part.reasoning
        for call in getattr(message, "tool_calls", None) or ():
            yield "name of a tool", call.function
            yield from _strings("arguments", call.arguments)
        error = getattr(message, "error", None)
        yield "error of a tool", error.message if error else ""


def _strings(what: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield what, value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(what, item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(what, item)
