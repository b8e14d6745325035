"""Which byte 4-grams a page's folded text may have: a bitmap that tells where a needle can't be.

Letters are folded, so that case makes no difference. Each 4-gram sets one bit of 2^16, chosen by a
multiplicative hash; pages of 64 KB of prose or code fill about a fifth of them.
"""

from __future__ import annotations

from collections.abc import Iterator

BITS = 1 << 16
GRAM = 4
"""Bytes that a needle must have at least for a signature to tell anything."""

_MULTIPLIER = 2654435761  # Knuth's: 2^32 over the golden ratio
_SHIFT = 32 - 16
_LITTLE = 16 * 1024
"""Bytes that are done in a few milliseconds without numpy."""

_MOST_BITS = 12


def fold(text: str) -> str:
    """Text as it is searched: letters that differ by case only are the same."""
    return text.lower() if text.isascii() else text.casefold()


def signature(folded: bytes) -> bytes:
    """The bitmap of a page's folded text, 8 KB; bit ``n`` is the bit ``n % 8`` of byte ``n // 8``."""
    return _of_little(folded) if len(folded) <= _LITTLE else _of_much(folded)


def _of_little(folded: bytes) -> bytes:
    bits = bytearray(BITS // 8)
    for bit in map(_bit, set(_grams(folded))):
        bits[bit >> 3] |= 1 << (bit & 7)
    return bytes(bits)


def _of_much(folded: bytes) -> bytes:
    import numpy as np  # It takes a command longer to load than what little text takes without it.

    bits = np.zeros(BITS, dtype=np.bool_)
    for offset in range(GRAM):
        count = (len(folded) - offset) // GRAM
        if count > 0:
            grams = np.frombuffer(folded, dtype="<u4", count=count, offset=offset)
            bits[(grams * np.uint32(_MULTIPLIER)) >> np.uint32(_SHIFT)] = True
    return np.packbits(bits, bitorder="little").tobytes()


def needle_bits(folded: bytes) -> list[int]:
    """Bits that a page with this needle has for sure: at most a dozen, those that fewest pages have first."""
    bits = dict.fromkeys(map(_bit, sorted(_grams(folded), key=_commonness)))
    return list(bits)[:_MOST_BITS]


def _grams(folded: bytes) -> Iterator[bytes]:
    return (folded[at : at + GRAM] for at in range(len(folded) - GRAM + 1))


def _bit(gram: bytes) -> int:
    return (int.from_bytes(gram, "little") * _MULTIPLIER & 0xFFFFFFFF) >> _SHIFT


def _commonness(gram: bytes) -> int:
    return sum(_COMMON[byte] for byte in gram)


_ORDER = b" etaoinsrhldcumfpgwyb.,v\nk0-1_2\"':x=/jqz3456789()"
_COMMON = [len(_ORDER) - _ORDER.find(byte) if byte in _ORDER else 0 for byte in range(256)]
"""How common a byte is in prose and code, roughly: what is asked first rules out most pages."""
