"""What of a log is in the warehouse already, so that only the rest is read.

A sample is known by its name, size and checksum, never by where it lies: a file that is written
anew has its members in other places.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping

import msgspec

from hawk.importers.records import HeadlineRecord
from hawk.importers.units import Unit


class Known(msgspec.Struct, frozen=True, array_like=True):
    """A sample that was imported and the row that it became, or the ``error`` why it can't be."""

    size: int
    crc: int
    row_id: str
    error: str | None = None


Ledger = dict[str, Known]
"""By the names of samples; under :data:`HEADLINE` what their rows depend on besides."""

HEADLINE = ""
"""Under no name: which score stands for a sample."""

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


def headline(wanted: HeadlineRecord | None) -> Ledger:
    """The ledger of a log without samples, whose task names a score that counts."""
    return {HEADLINE: Known(0, zlib.crc32(msgspec.json.encode(wanted)), "")}


def is_known(ledger: Mapping[str, Known], unit: Unit) -> bool:
    """Whether a sample's very content was imported, or tried and found bad."""
    known = ledger.get(unit.name)
    return known is not None and (known.size, known.crc) == (unit.size, unit.crc)
