"""The SQL of a log's text pages: where new text goes on, and compaction."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.importers.text.pages import PAGE, Packer, Page, decode_owners, encode_owners, open_body, texts_of
from hawk.warehouse.bulk import Values, add_rows
from hawk.warehouse.tables.results import logs, samples
from hawk.warehouse.tables.text import text_pages

_COLUMNS = ("log_id", "position", "size", "plain", "signature", "entries", "body")
_AT_ONCE = 50


async def last_page(conn: AsyncConnection, log_id: int) -> Packer:
    """A packer that holds a log's last page, where that has room for more."""
    packer = Packer()
    row = await _newest(conn, log_id, "size", "entries", "body")
    if row is not None and row.size < PAGE:
        for owner, text in texts_of(open_body(row.body), decode_owners(row.entries)):
            packer.put(owner, text)
    return packer


async def next_position(conn: AsyncConnection, log_id: int) -> int:
    """Where new pages begin: behind the last one, which goes where it has room (its text was taken up)."""
    row = await _newest(conn, log_id, "position", "size")
    if row is None:
        return 0
    if row.size >= PAGE:
        return row.position + 1
    this = (text_pages.c.log_id == log_id, text_pages.c.position == row.position)
    await conn.execute(delete(text_pages).where(*this))
    return row.position


async def _newest(conn: AsyncConnection, log_id: int, *names: str) -> Row[Any] | None:
    chosen = select(*(text_pages.c[name] for name in names)).where(text_pages.c.log_id == log_id)
    return (await conn.execute(chosen.order_by(text_pages.c.position.desc()).limit(1))).first()


async def remove_pages(conn: AsyncConnection, log_id: int) -> None:
    """Remove all text of a log."""
    await conn.execute(delete(text_pages).where(text_pages.c.log_id == log_id))


async def add_pages(
    conn: AsyncConnection, log_id: int, position: int, pages: Iterable[Page], first: int
) -> int:
    """Add pages from a position on. Negative samples count down from ``first``, the first new row.

    Returns the position behind them.
    """
    rows = list(_rows(log_id, position, pages, first))
    await add_rows(conn, text_pages, _COLUMNS, rows)
    return position + len(rows)


def _rows(log_id: int, position: int, pages: Iterable[Page], first: int) -> Iterator[Values]:
    for at, page in enumerate(pages, position):
        numbers = (first - 1 - one.sample if one.sample < 0 else one.sample for one in page.owners)
        entries = encode_owners(page.owners, numbers)
        yield log_id, at, page.size, page.plain, page.signature, entries, page.body


async def account(conn: AsyncConnection, log_id: int, *, dead: int) -> None:
    """Note how much text a log has, of which ``dead`` more bytes lost their owner; compact it if need be."""
    mine = logs.c.id == log_id
    pages = select(func.coalesce(func.sum(text_pages.c.size), 0)).where(text_pages.c.log_id == log_id)
    size = (await conn.execute(pages)).scalar_one()
    before = (await conn.execute(select(logs.c.text_dead).where(mine))).scalar_one()
    total = before + dead if size else 0
    if total > max(PAGE, size // 2):
        await _compact(conn, log_id)
        size, total = (await conn.execute(pages)).scalar_one(), 0
    await conn.execute(update(logs).where(mine).values(text_size=size, text_dead=total))


async def _compact(conn: AsyncConnection, log_id: int) -> None:
    """Write a log's pages anew, without the text of rows that are gone."""
    alive = set((await conn.execute(select(samples.c.pk).where(samples.c.log_id == log_id))).scalars())
    last = select(func.max(text_pages.c.position)).where(text_pages.c.log_id == log_id)
    first = (await conn.execute(last)).scalar_one() + 1
    packer, position = Packer(), first
    async for entries, body in _stored(conn, log_id, first):
        for owner, text in texts_of(open_body(body), decode_owners(entries)):
            if owner.sample in alive:
                packer.put(owner, text)
        position = await add_pages(conn, log_id, position, packer.full(), 0)
    await add_pages(conn, log_id, position, packer.rest(), 0)
    mine = (text_pages.c.log_id == log_id, text_pages.c.position < first)
    await conn.execute(delete(text_pages).where(*mine))


async def _stored(conn: AsyncConnection, log_id: int, end: int) -> AsyncIterator[tuple[bytes, bytes]]:
    position = -1
    while True:
        chosen = select(text_pages.c.position, text_pages.c.entries, text_pages.c.body).where(
            text_pages.c.log_id == log_id, text_pages.c.position > position, text_pages.c.position < end
        )
        rows = (await conn.execute(chosen.order_by(text_pages.c.position).limit(_AT_ONCE))).all()
        if not rows:
            return
        for row in rows:
            yield row.entries, row.body
        position = rows[-1].position
