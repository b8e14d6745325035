"""Which byte 4-grams a page's folded text may have: a bitmap that tells where a needle can't be.

Letters are folded, so that case makes no difference. Each 4-gram sets one bit of 2^16, chosen by a
multiplicative hash; pages of 64 KB of prose or code fill about a fifth of them.
"""

from __future__ import annotations

import numpy as np

BITS = 1 << 16
GRAM = 4
"""Bytes that a needle must have at least for a signature to tell anything."""

_MULTIPLIER = np.uint32(2654435761)  # Knuth's: 2^32 over the golden ratio
_SHIFT = np.uint32(32 - 16)
_MOST_BITS = 12


def fold(text: str) -> str:
    """Text as it is searched: letters that differ by case only are the same."""
    return text.lower() if text.isascii() else text.casefold()


def signature(folded: bytes) -> bytes:
    """The bitmap of a page's folded text, 8 KB; bit ``n`` is the bit ``n % 8`` of byte ``n // 8``."""
    bits = np.zeros(BITS, dtype=np.bool_)
    for offset in range(GRAM):
        count = (len(folded) - offset) // GRAM
        if count > 0:
            grams = np.frombuffer(folded, dtype="<u4", count=count, offset=offset)
            bits[(grams * _MULTIPLIER) >> _SHIFT] = True
    return np.packbits(bits, bitorder="little").tobytes()


def needle_bits(folded: bytes) -> list[int]:
    """Bits that a page with this needle has for sure, at most a dozen, spread over a long needle."""
    grams = [int.from_bytes(folded[at : at + GRAM], "little") for at in range(len(folded) - GRAM + 1)]
    bits = sorted({(gram * int(_MULTIPLIER) & 0xFFFFFFFF) >> int(_SHIFT) for gram in grams})
    step = max(1, -(-len(bits) // _MOST_BITS))
    return bits[::step]
