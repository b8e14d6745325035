"""Needles are found in pages as a simple search would find them, and signatures never hide one."""

import re
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from hawk.errors import UsageFault
from hawk.importers.text.entries import KINDS, Kind
from hawk.importers.text.pages import (
    PART,
    Packer,
    Page,
    decode_owners,
    encode_owners,
    open_body,
)
from hawk.importers.text.signature import fold
from hawk.results.search.expressions import compiled
from hawk.results.search.literals import required_literal
from hawk.results.search.needle import Needle, matcher_of
from hawk.results.search.snippets import snippet

TEXT = st.text(
    st.sampled_from("aAbBkKsSiI \n.ß\u017f\u212a\u0130\u0131éÉ\ufb01日😀")
    | st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
    max_size=12,
)
ENTRIES = st.lists(st.tuples(st.sampled_from(KINDS), TEXT), max_size=6)


def page_of(entries: list[tuple[Kind, str]]) -> Page:
    packer = Packer()
    for number, (kind, text) in enumerate(entries):
        packer.add(number, kind, number, text)
    (page,) = packer.rest()
    return page


def found(needle: Needle, page: Page) -> list[int]:
    matcher = matcher_of(needle)
    if not has_bits(page.signature, matcher.bits):
        return []
    owners = decode_owners(encode_owners(page.owners, [one.sample for one in page.owners]))
    return list(matcher.entries(open_body(page.body), owners, plain=page.plain))


def has_bits(signature: bytes, bits: list[int]) -> bool:
    return all(signature[bit // 8] >> bit % 8 & 1 for bit in bits)


@given(ENTRIES, TEXT, st.booleans(), st.sampled_from([None, ("user", "tool")]))
@example([("user", "300 \u212a warm")], "300 k", False, None)
@example([("user", "Straße")], "STRASSE", False, None)
def test_a_needle_is_where_it_is(
    entries: list[tuple[Kind, str]], text: str, case: bool, kinds: tuple[Kind, ...] | None
) -> None:
    assume(text and entries)
    wanted = [
        number
        for number, (kind, entry) in enumerate(entries)
        if (text in entry if case else fold(text) in fold(entry)) and (kinds is None or kind in kinds)
    ]
    assert found(Needle(text=text, case=case, kinds=kinds), page_of(entries)) == wanted


@given(ENTRIES, st.data())
def test_any_part_of_any_text_is_found(entries: list[tuple[Kind, str]], data: st.DataObject) -> None:
    number = data.draw(st.integers(0, max(0, len(entries) - 1)))
    assume(entries and entries[number][1])
    text = entries[number][1]
    start = data.draw(st.integers(0, len(text) - 1))
    part = text[start : data.draw(st.integers(start + 1, len(text)))]
    assert number in found(Needle(text=part), page_of(entries))
    matcher = matcher_of(Needle(text=part))
    span = matcher.first(text)
    assert fold(part) in fold(text[span.start : span.end])
    shown = snippet(text, span)
    assert 0 <= shown.start <= shown.end <= len(shown.text)


PATTERNS = st.text(st.sampled_from(r"ab.c|()[]?*+{2,}\\dw^$-"), max_size=10) | st.from_regex(
    r"[a-c]{1,6}([*+?]|\{[0-2],?[0-2]?\})?[a-c]{0,6}", fullmatch=True
)


@given(PATTERNS, st.lists(st.text("abc12 \n", max_size=12), min_size=1, max_size=4))
def test_an_expression_is_where_it_matches(pattern: str, texts: list[str]) -> None:
    try:
        expression = compiled(pattern, case=False)
        needle = matcher_of(Needle(text=pattern, regex=True))
    except UsageFault:
        return
    entries: list[tuple[Kind, str]] = [("user", text) for text in texts]
    wanted = [number for number, text in enumerate(texts) if expression.search(text)]
    assert found(Needle(text=pattern, regex=True), page_of(entries)) == wanted
    assert needle.bits == [] or required_literal(pattern)


@given(PATTERNS, st.text("abc12 \n", max_size=30))
def test_what_an_expression_requires_is_in_each_match(pattern: str, text: str) -> None:
    try:
        match = compiled(pattern, case=True).search(text)
    except UsageFault:
        return
    if match is not None:
        assert required_literal(pattern) in text[match.start() : match.end()]


@pytest.mark.parametrize(
    ("pattern", "literal"),
    [
        ("hello", "hello"),
        ("error: .* timed out", " timed out"),
        (r"def \w+\(self", "(self"),
        ("a|b", ""),
        ("(abc)?d", ""),
        ("abcd?", "abc"),
        ("ab+c", "ab"),
        (r"1\.5", "1.5"),
        ("[abc]def", "def"),
        (r"\x41bc", "bc"),
        ("x{0,3}yz", "yz"),
    ],
)
def test_literals(pattern: str, literal: str) -> None:
    assert required_literal(pattern) == literal


@given(st.integers(0, 40), st.sampled_from(["x", "é", "日", "😀"]))
def test_a_needle_over_the_edge_of_two_parts_is_found(before: int, letter: str) -> None:
    needle = "the needle"
    text = letter * ((PART - before) // len(letter.encode())) + needle + letter * 100
    packer = Packer()
    packer.add(1, "tool", 0, text)
    hits = [found(Needle(text=needle), page) for page in packer.rest()]
    assert any(hits)


@pytest.mark.parametrize("text", ["", "a\0b", "x" * 501])
def test_what_is_no_needle_is_refused(text: str) -> None:
    with pytest.raises(UsageFault):
        matcher_of(Needle(text=text))


def test_an_expression_that_explodes_elsewhere_takes_linear_time() -> None:
    page = page_of([("user", "a" * 5000)])
    assert found(Needle(text="(a*)*b", regex=True), page) == []


def test_the_pages_say_whose_each_text_is() -> None:
    source = Path(__file__).read_text()
    lines = re.findall(r".{1,60}", source)
    page = page_of([("assistant", line) for line in lines])
    for number in range(0, len(lines), 7):
        assert number in found(Needle(text=lines[number]), page)
