"""The bitmap that tells which pages can't have a needle."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hawk.importers.text import signature as module
from hawk.importers.text.signature import GRAM, needle_bits, signature

TEXTS = st.binary(max_size=300) | st.integers(0, 1000).map(lambda n: b"a needle in a haystack, " * n)


@given(TEXTS)
def test_little_and_much_text_have_the_same_signature(text: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_LITTLE", 0)
        much = signature(text)
        patch.setattr(module, "_LITTLE", len(text))
        assert signature(text) == much


@given(st.data(), TEXTS.filter(lambda text: len(text) >= GRAM))
def test_a_page_has_the_bits_of_whatever_it_holds(data: st.DataObject, text: bytes) -> None:
    start = data.draw(st.integers(0, len(text) - GRAM))
    needle = text[start : data.draw(st.integers(start + GRAM, len(text)))]
    bitmap = signature(text)
    assert all(bitmap[bit >> 3] & 1 << (bit & 7) for bit in needle_bits(needle))
