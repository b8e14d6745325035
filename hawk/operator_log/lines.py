"""The log of a server or a worker: one line a record on stderr, as text or as JSON."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from hawk.errors import HawkError
from hawk.operator_log.context import job_id, request_id
from hawk.operator_log.masking import mask_environment, masked

Format = Literal["text", "json"]

FIELDS = "hawk_fields"
"""The key of a record's ``extra`` that holds what is known of an event, by name."""

_PLAIN = re.compile(r"[\w.:/@+~%-]+\Z")
_BREAKS = {code: f"\\u{code:04x}" for code in (*range(0x7F, 0xA0), 0x2028, 0x2029)}
"""What JSON lets stand, and some readers take for the end of a line or for an order to a terminal."""
_ESCAPED = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"})


def log_to_stderr(form: Format) -> None:
    """Send what Hawk logs in this process to stderr, without the secrets that this process knows."""
    mask_environment()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("hawk").setLevel(logging.INFO)
    # It warns of each look that takes longer than the time to the next.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


def format_here(wanted: Literal["auto", "text", "json"]) -> Format:
    """The format that ``auto`` means: text for a person at a terminal, JSON for whatever reads a pipe."""
    if wanted != "auto":
        return wanted
    return "text" if sys.stderr.isatty() else "json"


class TextLines(logging.Formatter):
    """``time event name=value …``, a fault of Hawk's own with its traceback below."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record; a user's error in words."""
        level = "" if record.levelno <= logging.INFO else f"{record.levelname.lower()} "
        known = {**_about(), **_fields(record)}
        values = "".join(f" {name}={_value(one)}" for name, one in known.items())
        line = masked(f"{_time(record)} {level}{record.getMessage()}{values}")
        traceback = _traceback(record)
        return f"{line}\n{traceback}" if traceback else line


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, what it is about, and the event's values."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        told: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": masked(record.getMessage()),
            **_about(),
            **{name: masked(one) if isinstance(one, str) else one for name, one in _fields(record).items()},
        }
        if traceback := _traceback(record):
            told["traceback"] = traceback
        line = msgspec.json.encode(told, enc_hook=str).decode()
        return line if line.isascii() else line.translate(_BREAKS)


def _about() -> dict[str, str]:
    known = {"request_id": request_id.get(), "job_id": job_id.get()}
    return {name: value for name, value in known.items() if value is not None}


def _fields(record: logging.LogRecord) -> dict[str, object]:
    """What is known of the event, and the words of an error that is no bug."""
    given: Mapping[str, object] = record.__dict__.get(FIELDS, {})
    known = {name: value for name, value in given.items() if value is not None}
    error = record.exc_info[1] if record.exc_info else None
    return {**known, "error": str(error)} if isinstance(error, HawkError | OSError) else known


def _traceback(record: logging.LogRecord) -> str | None:
    error = record.exc_info[1] if record.exc_info else None
    if record.exc_info is None or error is None or isinstance(error, HawkError | OSError):
        return None
    return masked(logging.Formatter().formatException(record.exc_info))


def _time(record: logging.LogRecord) -> str:
    time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    return time.replace("+00:00", "Z")


def _value(value: object) -> str:
    text = f"{value:.3f}" if isinstance(value, float) else str(value)
    return text if _PLAIN.match(text) else f'"{text.translate(_ESCAPED)}"'
