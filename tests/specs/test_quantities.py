from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hawk.specs.quantities import QUANTITY_PATTERN, quantity_fault

SOME = "1Gi 512Mi 100m +1Gi 1e9 1E 2 1.5 .5 1. 1E-3 3k 2n 7u 1.5Ti 010"
NONE = "1GB 1GiB 1.2.3 1e 1mi 1ni 1ki 1e3Ki -500m -1 0 0.0Gi 0e5 . ٣"


@pytest.mark.parametrize("text", SOME.split())
def test_quantities(text: str) -> None:
    assert quantity_fault(text) is None


@pytest.mark.parametrize("text", [*NONE.split(), "", "1 Gi", "1\n"])
def test_what_is_no_quantity(text: str) -> None:
    assert "expected" in (quantity_fault(text) or "")


@given(st.from_regex(QUANTITY_PATTERN, fullmatch=True) | st.text("0123456789.+-eEkKMGimnu \n", max_size=6))
def test_the_pattern_says_what_the_check_says_but_for_nothing_at_all(text: str) -> None:
    if quantity_fault(text) is None:
        assert re.search(QUANTITY_PATTERN, text)
    elif re.search(QUANTITY_PATTERN, text) and not text.endswith("\n"):
        assert not re.search("[1-9]", re.split("[eE]", text)[0])
