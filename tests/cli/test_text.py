"""Nothing that somebody else wrote may drive the user's terminal."""

from __future__ import annotations

import json
import re
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from hawk.cli.output import _safe
from hawk.cli.text import clean, escape_controls, one_line, shorten, width

HOSTILE = st.lists(
    st.one_of(
        st.text(max_size=8),
        st.sampled_from(
            ["\x1b[31m", "\x1b]0;title\x07", "\x1b]52;c;aGk=\x1b\\", "\x9b2J", "\x1b", "[31m", "\x1b(B"]
        ),
        st.sampled_from(
            ["\r", "\r\n", "\x08", "\x7f", "\x00", "\x9d", "\x90", "\x1bPq", "\ue00031m", "\ue001"]
        ),
    ),
    max_size=12,
).map("".join)


def controls(text: str) -> list[str]:
    return [c for c in text if unicodedata.category(c) == "Cc" and c not in "\n\t"]


@given(HOSTILE)
def test_clean_text_has_no_controls(text: str) -> None:
    assert controls(clean(text)) == []


@given(HOSTILE)
def test_a_line_is_one_line(text: str) -> None:
    line = one_line(text)
    assert controls(line) == []
    assert len(line.splitlines()) <= 1


@given(HOSTILE)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert one_line(one_line(text)) == one_line(text)


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "S", "Zs"])))
def test_harmless_text_stays(text: str) -> None:
    assert clean(text) == text


@given(HOSTILE)
def test_json_stays_the_same_value_and_has_no_controls(text: str) -> None:
    escaped = escape_controls(json.dumps({"text": text}, ensure_ascii=False))
    assert controls(escaped) == []
    assert json.loads(escaped) == {"text": text}


@given(HOSTILE, st.integers(1, 40))
def test_a_shortened_line_fits(text: str, columns: int) -> None:
    assert width(shorten(one_line(text), columns)) <= max(columns, 1)


class Terminal:
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@given(HOSTILE)
def test_on_a_terminal_a_foreign_text_can_colour_at_most(text: str) -> None:
    shown = _safe(text, Terminal())  # type: ignore[arg-type]
    assert "\x1b" not in re.sub(r"\x1b\[(?:\d|3\d)m", "", shown)


def test_what_a_terminal_would_do_is_gone() -> None:
    assert clean("a\x1b[2Jb\x1b]0;owned\x07c\x9b31md") == "abcd"
    assert clean("one\r\ntwo\rthree") == "one\ntwo\nthree"
