"""The text of transcripts in a form that doesn't show how it is spread over pages."""

from __future__ import annotations

import hashlib

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.importers.text.pages import Owner, decode_owners, open_body, texts_of
from hawk.warehouse.tables.results import logs, samples
from hawk.warehouse.tables.text import text_pages


class SampleText(msgspec.Struct, frozen=True):
    """All entries of one sample, in their order: how many, how many bytes, and a digest of them."""

    sample_id: str
    epoch: int
    entries: int
    size: int
    digest: str


class _Digest:
    def __init__(self) -> None:
        self.entries = 0
        self.size = 0
        self.hash = hashlib.sha256()

    def add(self, owner: Owner, text: bytes) -> None:
        self.entries += 1
        self.size += len(text)
        self.hash.update(f"{owner.kind} {owner.index} {owner.part} {len(text)}\n".encode() + text)


async def texts_of_log(conn: AsyncConnection, location: str) -> list[SampleText]:
    """The text of each sample of a log that has some, page by page; what belongs to no row is left out."""
    log_id = (await conn.execute(select(logs.c.id).where(logs.c.location == location))).scalar_one_or_none()
    mine = select(samples.c.pk, samples.c.sample_id, samples.c.epoch).where(samples.c.log_id == log_id)
    names = {row.pk: (row.sample_id, row.epoch) for row in await conn.execute(mine)}
    found: dict[int, _Digest] = {}
    position = -1
    while (page := await _next_page(conn, log_id, position)) is not None:
        position, entries, body = page
        for owner, text in texts_of(open_body(body), decode_owners(entries)):
            if owner.sample in names:
                found.setdefault(owner.sample, _Digest()).add(owner, text)
    texts = (SampleText(*names[pk], one.entries, one.size, one.hash.hexdigest()) for pk, one in found.items())
    return sorted(texts, key=lambda one: (one.sample_id, one.epoch))


async def _next_page(
    conn: AsyncConnection, log_id: int | None, position: int
) -> tuple[int, bytes, bytes] | None:
    after = (text_pages.c.log_id == log_id, text_pages.c.position > position)
    chosen = select(text_pages.c.position, text_pages.c.entries, text_pages.c.body).where(*after)
    row = (await conn.execute(chosen.order_by(text_pages.c.position).limit(1))).first()
    return None if row is None else (row.position, row.entries, row.body)
