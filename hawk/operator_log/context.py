"""What a line of the log is about, noted once for all lines of a request."""

from __future__ import annotations

from contextvars import ContextVar

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The id of the request that is being answered."""

job_id: ContextVar[str | None] = ContextVar("job_id", default=None)
"""The job that it is about, where its path names one."""
