"""JSON as logs have it: mostly plain, now and then what JSON has no words for.

Inspect writes NaN and Infinity as they are, models write halves of characters, and user code writes
anything. Only text that the quick decoder refuses takes the slow way.
"""

from __future__ import annotations

import json
import math
from typing import Any, TypeVar, cast

import msgspec

T = TypeVar("T")

MAX_COUNT = 2**43
"""The largest count that is believed: the sum of a million of them still fits 64 bits."""


LONGEST_NAME = 500
"""Bytes of a name that databases index: PostgreSQL takes 2,700 of a whole row of an index."""


class Undecodable(ValueError):
    """Text that is no JSON, or not of the shape it should have: the text says what and where."""


def decode(data: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """Decode into the decoder's type. NaN and Infinity become None. Raises Undecodable."""
    try:
        return decoder.decode(data)
    except (msgspec.DecodeError, RecursionError, ValueError):
        return _decode_slowly(data, decoder)


def clean(value: Any) -> Any:
    """A value that every database and every encoder takes.

    Text loses NULs and halves of characters, numbers that are none become None.
    """
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        pairs = cast("dict[object, Any]", value).items()
        return {clean_text(str(key)): clean(item) for key, item in pairs}
    return [clean(item) for item in cast("list[Any]", value)] if isinstance(value, list) else value


def clean_text(text: str) -> str:
    """Text without NULs and without halves of characters (lone surrogates)."""
    if "\0" in text:
        text = text.replace("\0", "")
    return text if text.isascii() else text.encode(errors="replace").decode()


def name_text(text: str) -> str:
    """The same for what is a name: of one that is longer than any index takes, the beginning."""
    return shortened(clean_text(text), LONGEST_NAME)


def shortened(text: str, size: int) -> str:
    """The beginning of a text, of at most so many bytes."""
    return text if len(text) * 4 <= size else text.encode()[:size].decode(errors="ignore")


def optional_text(text: str | None) -> str | None:
    """The same for text that may be missing."""
    return None if text is None else clean_text(text)


def whole(number: float | None) -> int | None:
    """A count, at most :data:`MAX_COUNT`; None for what is no number."""
    if number is None or (isinstance(number, float) and not math.isfinite(number)):
        return None
    return max(0, min(MAX_COUNT, int(number)))


def _decode_slowly(data: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    try:
        plain = msgspec.json.encode(clean(json.loads(data)))
        return decoder.decode(plain)
    except RecursionError as error:
        raise Undecodable("it is nested too deeply") from error
    except (ValueError, OverflowError) as error:
        raise Undecodable(str(error)) from error
