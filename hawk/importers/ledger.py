"""What of a log is in the warehouse already, so that only the rest is read.

A member is known by its name, size and checksum, never by where it lies: a file that is written
anew has its members in other places.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping

import msgspec

from hawk.importers.directory import Member


class Known(msgspec.Struct, frozen=True, array_like=True):
    """A sample's member that was imported, and the row that it became."""

    size: int
    crc: int
    row_id: str


Ledger = dict[str, Known]

_DECODER = msgspec.msgpack.Decoder(Ledger)


def pack(ledger: Ledger) -> bytes:
    """A ledger as the ``logs`` table keeps it."""
    return zlib.compress(msgspec.msgpack.encode(ledger), 1)


def unpack(data: bytes | None) -> Ledger:
    """A ledger out of the ``logs`` table; an unreadable one is empty, so that all is read again."""
    if data is None:
        return {}
    try:
        return _DECODER.decode(zlib.decompress(data))
    except (zlib.error, msgspec.DecodeError):
        return {}


def is_known(ledger: Mapping[str, Known], member: Member) -> bool:
    """Whether a member's very content was imported."""
    known = ledger.get(member.name)
    return known is not None and (known.size, known.crc) == (member.size, member.crc)
