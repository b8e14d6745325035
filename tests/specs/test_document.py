from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hawk.errors import InvalidConfig
from hawk.specs.document import read_document
from hawk.specs.load import load_config, parse_config
from hawk.specs.problems import render_problems
from tests.specs.configs import SMALLEST, refused


def _value(text: str) -> Any:
    return read_document(f"x: {text}", "test.yaml").data["x"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("on", "on"),
        ("NO", "NO"),
        ("y", "y"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("Null", None),
        ("0o17", 15),
        ("017", 17),
        ("0x1F", 31),
        ("-12", -12),
        ("+3", 3),
        ("1_000", "1_000"),
        ("0b1", "0b1"),
        ("12:30:45", "12:30:45"),
        ("190:20:30.15", "190:20:30.15"),
        ("2024-01-01", "2024-01-01"),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("1.", 1.0),
        ("'3'", "3"),
        ('"true"', "true"),
        ("!!str 3", "3"),
        ("! 3", "3"),
        ("=", "="),
        ("[a, {b: c}]", ["a", {"b": "c"}]),
        ("9223372036854775808", 2**63),
    ],
)
def test_scalars_follow_the_core_schema_of_yaml_1_2(text: str, value: Any) -> None:
    assert _value(text) == value
    assert type(_value(text)) is type(value)


def test_anchors_aliases_and_merge_keys() -> None:
    text = (
        "base: &b {n: 1, m: 2}\none: {<<: *b, m: 3}\ntwo: {<<: [*b, {k: 4, n: 9}]}\nthree: *b\n'<<': plain\n"
    )
    assert read_document(text, "test.yaml").data == {
        "base": {"n": 1, "m": 2},
        "one": {"n": 1, "m": 3},
        "two": {"n": 1, "m": 2, "k": 4},
        "three": {"n": 1, "m": 2},
        "<<": "plain",
    }


def test_a_fault_behind_an_alias_stands_where_the_alias_does() -> None:
    error = refused(f"{SMALLEST}metadata:\n  n: &n many\nepochs: *n\n")
    assert [(problem.path, problem.line) for problem in error.problems] == [("epochs", 8)]


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    path = tmp_path / "bom.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + SMALLEST.encode())
    assert load_config(path).spec.tasks[0].name == "evals"


DEEP = "[" * 101 + "]" * 101
BOMB = "a: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"b{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)
TOWER = "a: &a0 [x]\n" + "".join(f"b{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 120))


HOSTILE = pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "found nothing"),
        ("# nothing\n---\n", 1, "found nothing"),
        ("- a\n- b\n", 1, "found a list"),
        ("just text", 1, "found a single value"),
        ("a: 1\nb: [1\nc: 2\n", 3, "expected valid YAML"),
        ("a: 1\n\tb: 2\n", 2, "tab"),
        ("a: 1\n---\nb: 2\n", 2, "second"),
        ("a: 1\na: 2\n", 2, "line 1 and on line 2"),
        ("a: {x: 1,\n  x: 2}\n", 2, "line 1 and on line 2"),
        ("a: 1\n3: 2\n", 2, "found 3 (put"),
        ("a: 1\n[b]: 2\n", 2, "keys that are strings"),
        ("a: 1\nnull: 2\n", 2, "found null (put"),
        ("a: 1\nb: !!python/object/apply:os.system [ls]\n", 2, "python/object"),
        ("a: !custom {x: 1}\n", 1, 'the tag "!custom"'),
        ("a: !!int '3'\n", 1, 'the tag "!!int"'),
        ("a: !!binary aGVsbG8=\n", 1, 'the tag "!!binary"'),
        ("a: !!set {x, y}\n", 1, 'the tag "!!set"'),
        ("a: !!timestamp 2024-01-01\n", 1, 'the tag "!!timestamp"'),
        ("a: 1\nb: .nan\n", 2, "found .nan"),
        ("b: -.inf\n", 1, "found -.inf"),
        ("b: 1e999\n", 1, "64 bits"),
        ("b: 18446744073709551616\n", 1, "64 bits"),
        ("b: " + "9" * 5000, 1, "64 bits"),
        ("a: 1\nb: *missing\n", 2, "*missing"),
        ("a: &a [*a]\n", 1, "*a"),
        ("a: 1\nb: x\x07y\n", 2, "U+0007"),
        ("a: \ud800\n", 1, "surrogate"),
        ("a: 1\nb: " + DEEP, 2, "100 levels"),
        ("a: " + "[" * 50_000, 1, "100 levels"),
        ("a:\n" + "".join(" " * n + "a:\n" for n in range(1, 150)), 101, "100 levels"),
        (TOWER, None, "100 levels"),
        (BOMB, None, "blow up"),
        ("a: " + "x" * 2_000_000, None, "characters"),
        ("a: {x: &m {k: 1}}\n" + "b: &b {" + "<<: *m, " * 80_000 + "}\n", 2, "values"),
        ("a: [" + "a," * 400_000 + "]", 1, "values"),
        ("a: {" + ",".join(f"k{n}" for n in range(100_000)) + "}", 1, "values"),
        ("<<: 3\na: 1\n", 1, "to merge"),
        ("? a\n", 1, ""),
    ],
)


@HOSTILE
def test_hostile_text_ends_in_one_line_with_its_place(text: str, line: int | None, words: str) -> None:
    started = time.monotonic()
    problem = next(problem for problem in refused(text).problems if words in problem.message)
    assert time.monotonic() - started < 5
    assert line is None or problem.line == line
    assert "\n" not in problem.message
    assert len(problem.message) < 200


@HOSTILE
def test_the_reader_without_c_says_the_same(
    text: str, line: int | None, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("yaml.CLoader", raising=False)
    problems = refused(text[:200_000]).problems
    assert line is None or line in [problem.line for problem in problems]


def test_nothing_in_a_message_steers_the_terminal() -> None:
    error = refused(f'{SMALLEST}epochs: "\\e[31m\\x9b2J"\nrunner: {{environment: {{"\\e]0;x\\a": 1}}}}\n')
    lines = render_problems(error, "test.yaml")
    assert len(lines) == 3
    assert all(line.isprintable() for line in lines)


def test_files_that_are_none(tmp_path: Path) -> None:
    latin = tmp_path / "latin.yaml"
    latin.write_bytes("name: caf\xe9".encode("latin-1"))
    for path in (tmp_path, tmp_path / "missing.yaml", latin):
        with pytest.raises(InvalidConfig, match=path.name):
            load_config(path)


WORDS = "tasks: package: limit: epochs: : - [ ] { } &a *a !!str ' | > # --- ... << ? %YAML 0x \\ud83d"
FRAGMENTS = st.sampled_from([*WORDS.split(), "\n", "  ", "\t", '"', "- ", ": ", "%YAML 1.1\n", "\ud83d"])


@given(st.lists(FRAGMENTS | st.text(max_size=5), max_size=30).map("".join))
def test_no_text_ends_in_anything_but_a_config_or_its_problems(text: str) -> None:
    try:
        loaded = parse_config(text, "test.yaml")
    except InvalidConfig as error:
        assert error.problems
        assert all("\n" not in problem.message for problem in error.problems)
    else:
        assert msgspec.json.decode(msgspec.json.encode(loaded.data)) == loaded.data


TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn", "Zl", "Zp")))
NUMBERS = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=15,
)


@given(JSON)
def test_json_is_yaml(value: Any) -> None:
    text = msgspec.json.encode({"x": value}).decode()
    assert _same(read_document(text, "test.yaml").data, {"x": value})


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=0, abs_tol=0)
    return type(one) is type(other) and one == other
