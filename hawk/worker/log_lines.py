"""What a worker says while it works: an event, and what is known of it."""

from __future__ import annotations

import logging

from hawk.errors import HawkError
from hawk.operator_log.lines import FIELDS

logger = logging.getLogger("hawk.worker")


def tell(event: str, **values: object) -> None:
    """Log an event with what is known of it; None is left out."""
    logger.info(event, extra={FIELDS: values})


def tell_fault(event: str, error: Exception, **values: object) -> None:
    """Log that something failed; a fault of Hawk's own with its traceback."""
    known = isinstance(error, HawkError | OSError)
    told = {**values, "error": str(error) if known else None}
    logger.error(event, extra={FIELDS: told}, exc_info=None if known else error)
