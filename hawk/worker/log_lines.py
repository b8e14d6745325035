"""What a worker says while it works: one line an event on stderr, ``time event name=value …``."""

from __future__ import annotations

import logging
import re
import sys
from datetime import UTC, datetime

from hawk.errors import HawkError

_PLAIN = re.compile(r"[\w.:/@+~%-]+\Z")
_ESCAPED = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"})

logger = logging.getLogger("hawk.worker")


def tell(event: str, **values: object) -> None:
    """Log an event with what is known of it; None is left out."""
    logger.info(_text(event, values))


def tell_fault(event: str, error: Exception, **values: object) -> None:
    """Log that something failed; a fault of Hawk's own with its traceback."""
    known = isinstance(error, HawkError | OSError)
    text = _text(event, {**values, "error": str(error) if known else None})
    logger.error(text, exc_info=None if known else error)


def log_to_stderr() -> None:
    """Send what Hawk logs in this process to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("hawk").setLevel(logging.INFO)
    # It warns of each look that takes longer than the time to the next.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


class _Lines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """The line of a record; a user's error in words, a bug with its traceback below."""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        level = "" if record.levelno <= logging.INFO else f"{record.levelname.lower()} "
        line = f"{time.replace('+00:00', 'Z')} {level}{record.getMessage()}"
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, HawkError | OSError):
            return f"{line} error={_value(str(error))}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info and error else line


def _text(event: str, values: dict[str, object]) -> str:
    return " ".join([event, *(f"{name}={_value(one)}" for name, one in values.items() if one is not None)])


def _value(value: object) -> str:
    text = f"{value:.3f}" if isinstance(value, float) else str(value)
    return text if _PLAIN.match(text) else f'"{text.translate(_ESCAPED)}"'
