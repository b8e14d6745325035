"""The log of a server: a line a record whatever is in it, and never a secret."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from contextvars import copy_context
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hawk.errors import Unavailable
from hawk.operator_log import masking
from hawk.operator_log.context import job_id, request_id
from hawk.operator_log.lines import FIELDS, JsonLines, TextLines
from hawk.operator_log.masking import MASK, mask_environment, mask_here, masked

T = TypeVar("T")
SECRETS = st.text(st.characters(exclude_categories=["Cs"]), min_size=6, max_size=40)
VALUES = st.one_of(st.text(), st.integers(), st.floats(allow_nan=False), st.booleans(), st.none())


def record(
    message: str, fields: dict[str, Any] | None = None, error: Exception | None = None
) -> logging.LogRecord:
    caught = (type(error), error, error.__traceback__) if error else None
    made = logging.LogRecord("hawk.test", logging.INFO, "x.py", 1, message, None, caught)
    if fields is not None:
        setattr(made, FIELDS, fields)
    return made


def apart(work: Callable[[], T]) -> T:
    """What one request notes is not noted for the others."""
    return copy_context().run(work)


@given(st.text(), st.dictionaries(st.from_regex(r"[a-z_]{3,9}", fullmatch=True), VALUES))
def test_every_record_is_one_object_on_one_line(message: str, fields: dict[str, Any]) -> None:
    line = JsonLines().format(record(message, fields))
    assert len(line.splitlines()) == 1
    assert {"time", "level", "logger", "message"} <= json.loads(line).keys()


@given(SECRETS, st.text(), st.text(), st.text())
def test_the_secrets_of_a_request_are_in_none_of_its_lines(secret: str, a: str, b: str, c: str) -> None:
    def lines() -> list[str]:
        mask_here([secret])
        made = record(f"{a}{secret}{b}", {"reason": f"{c}{secret}"}, ZeroDivisionError(f"{b}{secret}{c}"))
        return [JsonLines().format(made), TextLines().format(made)]

    told, text = apart(lines)
    for value in json.loads(told).values():
        assert secret not in value or secret in MASK * 3
    assert MASK in told
    assert MASK in text


def test_what_one_request_masks_another_shows() -> None:
    apart(lambda: mask_here(["hunter22"]))
    assert masked("hunter22") == "hunter22"


def test_the_longest_of_secrets_that_begin_alike_leaves_nothing() -> None:
    def line() -> str:
        mask_here(["secret-of-mine", "secret-of-mine-and-yours"])
        return masked("it is secret-of-mine-and-yours")

    assert apart(line) == f"it is {MASK}"


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer abcdefgh.ijklmnop",
        "basic dXNlcjpwYXNzd29yZA==",
        "token eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2lnbmF0dXJl was refused",
        "postgresql://hawk:abcdefgh@host/db",
    ],
)
def test_what_looks_like_a_secret_is_masked(text: str) -> None:
    assert MASK in masked(text)
    assert not {"abcdefgh", "dXNlcjpwYXNzd29yZA==", "c2lnbmF0dXJl"} & set(
        masked(text).replace(":", " ").split()
    )


def test_variables_that_are_named_as_secrets_are_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(masking, "_of_process", [])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "abc/def+ghi")
    monkeypatch.setenv("HAWK_AUTH_ISSUER", "https://login.example.com")
    mask_environment()
    assert masked("abc/def+ghi of https://login.example.com") == f"{MASK} of https://login.example.com"


def test_a_line_tells_its_request_and_its_job() -> None:
    def line() -> dict[str, Any]:
        request_id.set("r1")
        job_id.set("j1")
        return json.loads(JsonLines().format(record("x")))

    told = apart(line)
    assert (told["request_id"], told["job_id"]) == ("r1", "j1")
    assert "request_id" not in json.loads(JsonLines().format(record("x")))


def test_a_user_s_error_is_told_in_words_and_a_bug_with_its_traceback() -> None:
    known = json.loads(JsonLines().format(record("x", error=Unavailable("It is away.", fix="Wait."))))
    assert known["error"] == "It is away. Wait."
    assert "traceback" not in known
    bug = json.loads(JsonLines().format(record("x", error=KeyError("k"))))
    assert "KeyError" in bug["traceback"]
