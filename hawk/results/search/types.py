"""What a search asks and answers."""

from __future__ import annotations

from datetime import datetime

import msgspec

from hawk.importers.text.entries import Kind


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """One message (or other text of a sample) that has what was looked for.

    ``index`` is the message's place in the sample's list, None for what is in no message there.
    ``snippet`` is the text around the first match, which is ``snippet[start:end]``.
    """

    id: str
    uuid: str | None
    sample_id: str | int
    epoch: int
    eval_id: str
    eval_set_id: str
    task: str
    model: str
    role: Kind
    index: int | None
    snippet: str
    start: int
    end: int
    completed_at: datetime | None = None
    log: str


class HitList(msgspec.Struct, frozen=True):
    """A page of hits, those of the newest logs first. ``total`` is there where it is known anyway, or
    was asked for."""

    items: tuple[Hit, ...]
    next: str | None = None
    total: int | None = None
