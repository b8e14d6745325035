"""Which jobs a list asks for, and where in it a page begins."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from sqlalchemy import ColumnElement, select
from sqlalchemy.engine import RowMapping

from hawk.auth.access import Access
from hawk.auth.visibility import visible_eval_sets
from hawk.errors import UsageFault
from hawk.jobs.types import JobStatus
from hawk.warehouse.search_terms import contains_any, every_term
from hawk.warehouse.tables.access import eval_sets
from hawk.warehouse.tables.jobs import jobs

_Moment = Annotated[datetime, msgspec.Meta(tz=True)]
_Id = Annotated[str, msgspec.Meta(max_length=200)]
_decode = msgspec.json.Decoder(tuple[_Moment, _Id]).decode


class JobFilter(msgspec.Struct, frozen=True, kw_only=True):
    """A list's filters: all must hold. ``search`` is terms that must each occur in some column."""

    access: Access
    owner: str | None = None
    since: datetime | None = None
    status: JobStatus | None = None
    search: str = ""
    limit: int = 50
    cursor: str | None = None
    total: bool = False

    def conditions(self) -> list[ColumnElement[bool]]:
        """The filters as SQL."""
        found = [*visible_eval_sets(self.access, jobs.c.id), *every_term(self.search, _matches)]
        if self.owner is not None:
            found.append(jobs.c.id.in_(select(eval_sets.c.id).where(eval_sets.c.created_by == self.owner)))
        if self.since is not None:
            found.append(jobs.c.created_at >= self.since)
        if self.status is not None:
            found.append(jobs.c.status == self.status)
        return found

    def after(self) -> tuple[datetime, str] | None:
        """The key of the last job of the page before. Raises UsageFault for a made-up cursor."""
        if self.cursor is None:
            return None
        try:
            time, job_id = _decode(base64.urlsafe_b64decode(self.cursor))
            return time.astimezone(UTC), job_id
        except (binascii.Error, ValueError, OverflowError, msgspec.DecodeError) as error:
            raise UsageFault(
                "The cursor is not one that this list gave.", fix="Start again at the first page."
            ) from error


def cursor_of(row: RowMapping) -> str:
    """The cursor of the page behind ``row``."""
    key = msgspec.json.encode((row["created_at"], row["id"]))
    return base64.urlsafe_b64encode(key).decode()


def _matches(term: str) -> ColumnElement[bool]:
    columns = (jobs.c.id, jobs.c.name, jobs.c.created_by, jobs.c.reason)
    return contains_any(term, columns)
