"""CSV as RFC 4180 has it, for spreadsheets.

A text that a spreadsheet would run as a formula (``=1+1``, ``@SUM(…)``, ``-cmd``; models write them) gets
an apostrophe before it, and control characters go. Whoever needs texts to the letter takes JSON lines
or Parquet.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

import msgspec

from hawk.client.frames.spool import Spool

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\Z")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class Sink(Protocol):
    """Where text is written to."""

    def write(self, text: str, /) -> object:
        """Write some of it."""
        ...


def write_csv(spool: Spool, sink: Sink) -> None:
    """Write a table with its head."""
    writer = csv.writer(sink, lineterminator="\r\n")
    writer.writerow([_safe(name) for name in spool.kinds()])
    for batch in spool.batches():
        writer.writerows([[_text(value) for value in row] for row in batch])


def _text(value: Any) -> str | float | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _safe(msgspec.json.encode(value).decode())
    return _safe(str(value))


def _safe(text: str) -> str:
    clean = _CONTROLS.sub("", text.replace("\r\n", "\n"))
    return f"'{clean}" if clean.startswith(_FORMULA) and not _NUMBER.match(clean) else clean
