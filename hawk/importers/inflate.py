"""Unpacking one member: never more than the directory said, and exactly that."""

from __future__ import annotations

import io
import struct
import zlib

from hawk.importers.directory import ArchiveFault, Member

MAX_RATIO = 1_100
"""Bytes that one packed byte may stand for; deflate's own limit is 1,032."""

FREE_SIZE = 64 * 1024 * 1024
"""Up to this size the ratio is nobody's concern: a long, dull text packs very well."""

MAX_SIZE = 8 * 1024**3
"""Bytes that a member may have at most."""

STORED, DEFLATED, ZSTANDARD = 0, 8, 93

_LOCAL = struct.Struct("<4s5H3L2H")


def unpack(member: Member, span: bytes | memoryview) -> bytes:
    """The content of a member, from the bytes of the file that begin at its local header.

    Raises ArchiveFault where it isn't what the directory says.
    """
    check_size(member)
    start = data_start(span)
    packed = memoryview(span)[start : start + member.packed]
    if len(packed) < member.packed:
        raise ArchiveFault("it is cut off")
    content = _inflate(member, packed)
    if len(content) != member.size or zlib.crc32(content) != member.crc:
        raise ArchiveFault("it is damaged: its checksum does not fit")
    return content


def data_start(span: bytes | memoryview) -> int:
    """Where the packed bytes begin behind a local header: its extra field has a length of its own."""
    if len(span) < _LOCAL.size or span[:4] != b"PK\x03\x04":
        raise ArchiveFault("it is not where the directory says")
    fields = _LOCAL.unpack_from(span)
    return _LOCAL.size + fields[9] + fields[10]


def check_size(member: Member) -> None:
    """Raise ArchiveFault for a member that is made to fill the memory."""
    if member.size > MAX_SIZE:
        raise ArchiveFault(f"it is too large ({member.size:,} bytes)")
    if member.size > FREE_SIZE and member.size > member.packed * MAX_RATIO:
        raise ArchiveFault(f"it unpacks to {member.size:,} bytes out of {member.packed:,}, which no log does")


def _inflate(member: Member, packed: memoryview) -> bytes:
    if member.method == STORED:
        return bytes(packed)
    if member.method == DEFLATED:
        return _inflate_deflate(packed, member.size)
    if member.method == ZSTANDARD:
        return _inflate_zstandard(packed, member.size)
    raise ArchiveFault(f"its compression (method {member.method}) is unknown")


def _inflate_deflate(packed: memoryview, size: int) -> bytes:
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, size + 1)
    except zlib.error as error:
        raise ArchiveFault(f"it can't be unpacked: {error}") from error


def _inflate_zstandard(packed: memoryview, size: int) -> bytes:
    # Inspect writes large members as several frames.
    import zstandard

    reader = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(packed), read_across_frames=True)
    try:
        return reader.read(size + 1)
    except (zstandard.ZstdError, MemoryError) as error:
        raise ArchiveFault(f"it can't be unpacked: {error}") from error
