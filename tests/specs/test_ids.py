from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hawk.errors import InvalidConfig
from hawk.specs.ids import ID_PATTERN, MAX_ID, check_id, id_fault, make_id


@given(st.none() | st.text(max_size=120))
def test_an_id_can_be_made_of_any_name(name: str | None) -> None:
    job = make_id(name)
    check_id(job)
    assert re.match(ID_PATTERN, job)
    assert make_id(name) != job


@pytest.mark.parametrize(
    ("name", "prefix"),
    [
        (None, "eval-set"),
        ("My Réal_Name!", "my-r-al-name"),
        ("---", "job"),
        ("", "job"),
        ("a" * 100, "a" * 26),
        ("a" * 25 + " b", "a" * 25),
    ],
)
def test_an_id_starts_with_what_is_usable_of_the_name(name: str | None, prefix: str) -> None:
    assert re.fullmatch(rf"{prefix}-[a-z0-9]{{16}}", make_id(name))


def test_a_kind_may_have_a_default_of_its_own() -> None:
    assert make_id(None, default="scan").startswith("scan-")


@pytest.mark.parametrize("text", ["a", "0", "a-b", "a" * MAX_ID, "a--b"])
def test_ids(text: str) -> None:
    check_id(text)


@pytest.mark.parametrize(
    "text", ["", "-a", "a-", "A", "a b", "a\n", "é", "a.b", "a" * (MAX_ID + 1), "a\0", "../a"]
)
def test_what_is_no_id(text: str) -> None:
    with pytest.raises(InvalidConfig):
        check_id(text)


@given(st.text("ab-\n.A", max_size=50))
def test_the_pattern_says_what_the_check_says(text: str) -> None:
    matches = bool(re.fullmatch(ID_PATTERN, text)) and not text.endswith("\n")
    assert (id_fault(text) is None) == (matches and len(text) <= MAX_ID)
