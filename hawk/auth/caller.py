"""Who asks."""

from __future__ import annotations

import msgspec


class JobIdentity(msgspec.Struct, frozen=True):
    """One attempt of one launch of a job; ``attempt`` 0 is a launch that has yet to begin one."""

    job_id: str
    launch: int
    attempt: int


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who sent a request: a user, or (``job``) the runner of a job by that job's own token.

    ``name`` is what records and rows call the user, an e-mail address where there is one; ``subject`` is
    what the login provider never changes of them, and what they own belongs to that. ``groups`` are
    those that the token names; an ``admin`` may see and change everything. ``csrf`` is what a
    request that changes something must repeat, where a browser's cookie says who asks: None elsewhere.
    ``expires_at`` is when what says so ends, in seconds since 1970.
    """

    name: str
    subject: str = ""
    groups: frozenset[str] = frozenset()
    admin: bool = False
    job: JobIdentity | None = None
    csrf: str | None = None
    expires_at: float | None = None

    @property
    def owner(self) -> str:
        """Whom what this caller makes belongs to."""
        return self.subject or self.name
