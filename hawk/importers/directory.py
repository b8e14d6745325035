"""The directory of a zip archive: what members it has, and where. Pure functions over bytes.

An archive grows by new members and a new directory at its end, so its directory tells what is new.
"""

from __future__ import annotations

import struct

import msgspec

TAIL = 66_000
"""Bytes at the end of an archive that are sure to hold its end record (and often the directory)."""

_END = struct.Struct("<4s4H2LH")
_END64_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_WIDE = 0xFFFFFFFF
_ENCRYPTED = 0x1


class ArchiveFault(ValueError):
    """An archive, or a member of one, that can't be read: the text says why."""


class Member(msgspec.Struct, frozen=True):
    """A member as the directory lists it. Sizes are in bytes; ``packed`` is what it takes up."""

    name: str
    method: int
    size: int
    packed: int
    crc: int
    offset: int


class Span(msgspec.Struct, frozen=True):
    """Where something lies in the file."""

    start: int
    length: int


def find_wide_end(tail: bytes, size: int) -> Span | None:
    """Where the 64-bit end record lies that the end of a file points to; None where there is none."""
    end, fields = _end_record(tail)
    if not (_WIDE in fields[5:7] or 0xFFFF in fields[1:5]) or end < _END64_LOCATOR.size:
        return None
    mark, _, start, _ = _END64_LOCATOR.unpack_from(tail, end - _END64_LOCATOR.size)
    if mark != b"PK\x06\x07":
        return None
    if start + _END64.size > size:
        raise ArchiveFault("its end is damaged")
    return Span(start, _END64.size)


def find_directory(tail: bytes, size: int, wide: bytes | None) -> Span:
    """Where the directory lies, by the end of the file and the 64-bit end record if it has one."""
    _, fields = _end_record(tail)
    length, start = fields[5], fields[6]
    if wide is not None:
        if len(wide) < _END64.size or not wide.startswith(b"PK\x06\x06"):
            raise ArchiveFault("its end is damaged")
        length, start = _END64.unpack_from(wide)[8:10]
    if start + length > size:
        raise ArchiveFault("it is cut off: its directory lies past its end")
    return Span(start, length)


def parse_directory(directory: bytes) -> dict[str, Member]:
    """All members by name; of several with one name the last, as Inspect means it."""
    found: dict[str, Member] = {}
    position = 0
    while position < len(directory):
        member, position = _entry(directory, position)
        found[member.name] = member
    return found


def _end_record(tail: bytes) -> tuple[int, tuple[int, ...]]:
    if not tail:
        raise ArchiveFault("it is empty")
    end = len(tail) - _END.size
    if end < 0 or tail[end : end + 4] != b"PK\x05\x06" or tail[-2:] != b"\0\0":
        end = tail.rfind(b"PK\x05\x06", 0, max(0, end + 4))
    if end < 0:
        raise ArchiveFault("it is not a whole zip archive: it has no end record")
    return end, _END.unpack_from(tail, end)


def _entry(directory: bytes, position: int) -> tuple[Member, int]:
    try:
        fields = _ENTRY.unpack_from(directory, position)
    except struct.error as error:
        raise ArchiveFault("its directory is cut off") from error
    mark, _, _, flags, method, _, _, crc, packed, size, name_length, extra_length, comment_length = fields[
        :13
    ]
    if mark != b"PK\x01\x02" or flags & _ENCRYPTED:
        raise ArchiveFault("its directory is damaged" if not flags & _ENCRYPTED else "it is encrypted")
    start = position + _ENTRY.size
    extra_start = start + name_length
    extra = directory[extra_start : extra_start + extra_length]
    size, packed, offset = _widened(extra, (size, packed, fields[16]))
    name = _name(directory[start:extra_start])
    following = extra_start + extra_length + comment_length
    return Member(name, method, size, packed, crc, offset), following


def _widened(extra: bytes, values: tuple[int, int, int]) -> tuple[int, int, int]:
    """Put the 64-bit values of the extra field in the places of those that 32 bits can't hold."""
    wide = iter(_wide_values(extra))
    size, packed, offset = (next(wide, value) if value == _WIDE else value for value in values)
    return size, packed, offset


def _wide_values(extra: bytes) -> tuple[int, ...]:
    position = 0
    while position + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, position)
        position += 4
        if kind == 1:
            body = extra[position : position + length]
            return struct.unpack_from(f"<{len(body) // 8}Q", body)
        position += length
    return ()


def _name(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp437")
