"""Pages of text: how entries are packed into them and found in them again."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

import msgspec
import zstandard

from hawk.importers.text.entries import KINDS, NUMBER, Kind
from hawk.importers.text.signature import fold, signature

PAGE = 64 * 1024
"""Bytes of text that fill a page."""

PART = 192 * 1024
"""Bytes of an entry's text that a page takes at most: a longer one goes on in the next page."""

OVERLAP = 2048
"""Bytes that a part repeats of the one before: no needle is longer."""

SEPARATOR = b"\0"
"""Between entries; a needle has none, so that it is never found across two of them."""

_LEVEL = 1
_TYPECODES = ("q", "i", "I", "H", "B")


class Owner(msgspec.Struct, frozen=True):
    """Whose a stretch of a page is. ``part`` counts the pieces of a long entry, from 0."""

    sample: int
    index: int
    length: int
    part: int
    kind: Kind


class Page(msgspec.Struct, frozen=True):
    """A page as it is stored. ``owners`` are in the order of the text; ``plain`` says that ASCII is found
    in it without folding anything else."""

    size: int
    plain: bool
    signature: bytes
    owners: list[Owner]
    body: bytes


class Packer:
    """Packs entries into pages: hands out those that are full, and at the end what is left."""

    def __init__(self) -> None:
        self._owners: list[Owner] = []
        self._texts: list[bytes] = []
        self._size = 0
        self._compressor = zstandard.ZstdCompressor(level=_LEVEL)

    def add(self, sample: int, kind: Kind, index: int, text: str) -> int:
        """Take an entry of a sample. Returns the bytes that it takes up."""
        data = text.encode()
        if len(data) <= PART:
            self._put(Owner(sample, index, len(data), 0, kind), data)
            return len(data) + 1
        size = 0
        for part, piece in enumerate(_pieces(data)):
            self._put(Owner(sample, index, len(piece), part, kind), piece)
            size += len(piece) + 1
        return size

    def put(self, owner: Owner, data: bytes) -> None:
        """Take what a page had already."""
        self._put(owner, data)

    def full(self) -> Iterator[Page]:
        """The pages that are full by now."""
        while self._size >= PAGE:
            yield self._page()

    def rest(self) -> Iterator[Page]:
        """All pages, full or not."""
        while self._texts:
            yield self._page()

    def _put(self, owner: Owner, data: bytes) -> None:
        self._owners.append(owner)
        self._texts.append(data)
        self._size += len(data) + 1

    def _page(self) -> Page:
        count = self._count()
        text = SEPARATOR.join(self._texts[:count])
        folded = text.lower() if text.isascii() else fold(text.decode()).encode()
        owners, body = self._owners[:count], self._compressor.compress(text)
        page = Page(len(text), _is_plain(text, folded), signature(folded), owners, body)
        # Only now: where there is no memory for the page, nothing is lost.
        del self._texts[:count], self._owners[:count]
        self._size -= len(text) + 1
        return page

    def _count(self) -> int:
        """How many entries fill the next page."""
        for count, size in enumerate(accumulate(len(text) + 1 for text in self._texts), 1):
            if size >= PAGE:
                return count
        return len(self._texts)


def _is_plain(text: bytes, folded: bytes) -> bool:
    """Whether nothing but ASCII letters folds to ASCII letters, as the sign of a kelvin does to a k."""
    return text.isascii() or text.lower().translate(None, _BEYOND) == folded.translate(None, _BEYOND)


_BEYOND = bytes(range(128, 256))


def _pieces(data: bytes) -> Iterator[bytes]:
    """A long text in overlapping pieces, none of which begins or ends inside a character."""
    start = 0
    while True:
        end = _boundary(data, min(start + PART, len(data)))
        yield data[start:end]
        if end == len(data):
            return
        start = _boundary(data, end - OVERLAP)


def _boundary(data: bytes, at: int) -> int:
    while at < len(data) and data[at] & 0xC0 == 0x80:
        at -= 1
    return at


def encode_owners(owners: Sequence[Owner], samples: Iterable[int]) -> bytes:
    """Owners as compact columns. ``samples`` takes the place of their own sample numbers."""
    columns = (
        array("q", samples),
        array("i", [one.index for one in owners]),
        array("I", [one.length for one in owners]),
        array("H", [min(one.part, 0xFFFF) for one in owners]),
        array("B", [NUMBER[one.kind] for one in owners]),
    )
    return b"".join(column.tobytes() for column in columns)


class Owners(msgspec.Struct, frozen=True):
    """The owners of a page as columns, for those who look at many pages."""

    samples: array[int]
    indexes: array[int]
    lengths: array[int]
    parts: array[int]
    kinds: array[int]

    def __iter__(self) -> Iterator[Owner]:  # pyright: ignore[reportIncompatibleMethodOverride]
        rows = zip(self.samples, self.indexes, self.lengths, self.parts, self.kinds, strict=True)
        return (Owner(sample, index, length, part, KINDS[kind]) for sample, index, length, part, kind in rows)


def decode_owners(data: bytes) -> Owners:
    """The columns that :func:`encode_owners` made."""
    columns = [array(code) for code in _TYPECODES]
    count = len(data) // sum(column.itemsize for column in columns)
    start = 0
    for column in columns:
        end = start + count * column.itemsize
        column.frombytes(data[start:end])
        start = end
    return Owners(*columns)


def open_body(body: bytes) -> bytes:
    """The text of a page."""
    return zstandard.ZstdDecompressor().decompress(body)


def texts_of(text: bytes, owners: Owners) -> Iterator[tuple[Owner, bytes]]:
    """Every entry of a page with its text."""
    start = 0
    for owner in owners:
        yield owner, text[start : start + owner.length]
        start += owner.length + 1
