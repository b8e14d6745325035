"""Pages of a list by where the last one ended, so that rows that come meanwhile move none."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, tuple_
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.errors import UsageFault

KEY, TIE = "sort_key", "sort_tie"
Conditions = tuple[ColumnElement[bool], ...]

Text = Annotated[str, msgspec.Meta(pattern=r"^[^\x00]*$")]
Whole = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""The kinds of keys: what a database takes, whoever made the cursor."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """A total order: by ``key`` with nulls last, then by ``tie``, which is unique.

    ``kind`` and ``tie_kind`` are the types of their values; ``name`` goes into cursors, so that one
    of another order is refused.
    """

    name: str
    key: ColumnElement[Any]
    tie: ColumnElement[Any]
    kind: Any
    descending: bool = False
    nullable: bool = True
    tie_kind: Any = Text

    def stretches(self, cursor: str | None) -> Iterator[Conditions]:
        """What follows the cursor: the rows of its key, those of later keys, those without a key.

        Each stretch is one range of an index on (key, tie), which all in one condition are not.
        Raises UsageFault for a cursor that no page of this order ended with.
        """
        key, tie = self._place(cursor) if cursor is not None else (None, None)
        if key is not None:
            yield self.key == key, self._past(self.tie, tie)
            yield (self._past(self.key, key),)
        elif tie is None:
            yield (self.key.is_not(None),) if self.nullable else ()
        if self.nullable:
            keyless = self.key.is_(None)
            yield (keyless, self._past(self.tie, tie)) if key is None and tie is not None else (keyless,)

    def beyond(self, cursor: str | None) -> Conditions:
        """All stretches in one condition."""
        if cursor is None:
            return ()
        return (or_(*(and_(*stretch) for stretch in self.stretches(cursor))),)

    def ahead(self, cursor: str | None) -> Conditions:
        """The stretches with a key in one condition; the one without where it is reached.

        It is one range of an index where the database takes comparisons of rows whole; SQLite passes over
        the rows of the cursor's key.
        """
        key, tie = self._place(cursor) if cursor is not None else (None, None)
        if key is None:
            return next(self.stretches(cursor))
        both, place = (
            tuple_(self.key, self.tie),
            tuple_(literal(key, self.key.type), literal(tie, self.tie.type)),
        )
        return (both < place if self.descending else both > place,)

    def sorting(self) -> tuple[ColumnElement[Any], ...]:
        """The columns to order by, inside a stretch."""
        return self.sorted(self.key, self.tie)

    def sorted(self, key: ColumnElement[Any], tie: ColumnElement[Any]) -> tuple[ColumnElement[Any], ...]:
        """The same of columns that have the keys' values."""
        return tuple(one.desc() if self.descending else one.asc() for one in (key, tie))

    def cursor(self, key: object, tie: object) -> str:
        """The cursor of the page behind the row with these."""
        return base64.urlsafe_b64encode(msgspec.msgpack.encode((self.name, key, tie))).decode()

    def _place(self, cursor: str) -> tuple[Any, Any]:
        try:
            name, key, tie = msgspec.msgpack.decode(
                base64.urlsafe_b64decode(cursor), type=tuple[str, self.kind | None, self.tie_kind]
            )
            key = key.astimezone(UTC) if isinstance(key, datetime) else key
        except (binascii.Error, ValueError, OverflowError, msgspec.DecodeError) as error:
            raise UsageFault(_FOREIGN, fix=_AGAIN) from error
        if name != self.name or (key is None and not self.nullable):
            raise UsageFault(_FOREIGN, fix=_AGAIN)
        return key, tie

    def _past(self, column: ColumnElement[Any], value: object) -> ColumnElement[bool]:
        return column < value if self.descending else column > value


async def read_page(
    conn: AsyncConnection, chosen: Select[Any], order: Order, cursor: str | None, limit: int
) -> tuple[Sequence[RowMapping], str | None]:
    """At most ``limit`` rows from behind ``cursor``, and the cursor of the next page if there is one."""
    keyed = chosen.add_columns(order.key.label(KEY), order.tie.label(TIE)).order_by(*order.sorting())
    rows: list[RowMapping] = []
    for conditions in order.stretches(cursor):
        found = await conn.execute(keyed.where(*conditions).limit(limit + 1 - len(rows)))
        rows += found.mappings().all()
        if len(rows) > limit:
            return rows[:limit], order.cursor(rows[limit - 1][KEY], rows[limit - 1][TIE])
    return rows, None


async def count(conn: AsyncConnection, chosen: Select[Any]) -> int:
    """How many rows there are on all pages."""
    counted = select(func.count()).select_from(chosen.subquery())
    return (await conn.execute(counted)).scalar_one()


_FOREIGN = "The cursor is not one that this list gave."
_AGAIN = "Start again at the first page."
