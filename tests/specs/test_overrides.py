from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hawk.errors import InvalidConfig
from hawk.specs.load import parse_config
from hawk.specs.overrides import apply_overrides
from hawk.specs.paths import format_path, parse_path
from tests.specs.configs import SMALLEST, refused

DATA: dict[str, Any] = {"tasks": [{"items": [{"name": "a"}]}], "epochs": 1}


@pytest.mark.parametrize(
    ("override", "data"),
    [
        ("epochs=2", {**DATA, "epochs": 2}),
        ("epochs={epochs: 2, reducer: max}", {**DATA, "epochs": {"epochs": 2, "reducer": "max"}}),
        ("tasks[0].items[0].args.n=3", {**DATA, "tasks": [{"items": [{"name": "a", "args": {"n": 3}}]}]}),
        ("tasks[0].items[1].name=b", {**DATA, "tasks": [{"items": [{"name": "a"}, {"name": "b"}]}]}),
        ("models[0].items[0].name=x=y", {**DATA, "models": [{"items": [{"name": "x=y"}]}]}),
        ("name=yes", {**DATA, "name": "yes"}),
        ("name='3'", {**DATA, "name": "3"}),
        ("name=", {**DATA, "name": None}),
        ("tags=[a, b]", {**DATA, "tags": ["a", "b"]}),
        ('metadata."a.b"=1', {**DATA, "metadata": {"a.b": 1}}),
        ("tasks=[]", {**DATA, "tasks": []}),
    ],
)
def test_one_override(override: str, data: dict[str, Any]) -> None:
    before = str(DATA)
    assert apply_overrides(DATA, [override])[0] == data
    assert str(DATA) == before


def test_later_overrides_see_earlier_ones() -> None:
    data, paths = apply_overrides({}, ["a.b=1", "a.c=2", "a.b=3", "l[0]=x", "l[1]=y"])
    assert data == {"a": {"b": 3, "c": 2}, "l": ["x", "y"]}
    assert paths[0] == ("a", "b")


@pytest.mark.parametrize(
    ("override", "path", "words"),
    [
        ("epochs", "", "PATH=VALUE"),
        ("=3", "", "PATH=VALUE"),
        ("[0]=3", "", "PATH=VALUE"),
        ("a..b=3", "", "PATH=VALUE"),
        ("a[x]=3", "", "PATH=VALUE"),
        ("a[-1]=3", "", "PATH=VALUE"),
        ('a."\\ud800"=3', "", "PATH=VALUE"),
        ("epochs.n=3", "epochs.n", "expected a map at epochs, found 1"),
        ("epochs[0]=3", "epochs[0]", "expected a list at epochs, found 1"),
        ("tasks.x=3", "tasks.x", "expected a map at tasks, found a list"),
        ("tasks[2]=3", "tasks[2]", "at most 1"),
        ("epochs=[1", "epochs", "valid YAML"),
        ("epochs=.nan", "epochs", ".nan"),
        ("epochs={a: 1, a: 2}", "epochs", "each key once"),
        ("a" + ".a" * 10_000 + "=1", "", "at most 100"),
    ],
)
def test_what_cannot_be_set(override: str, path: str, words: str) -> None:
    with pytest.raises(InvalidConfig) as caught:
        apply_overrides(DATA, ["name=x", override, "x[7]=1"])
    assert [problem.path for problem in caught.value.problems] == [path, "x[7]"]
    assert words in caught.value.problems[0].message


def test_an_override_can_mend_a_config_and_can_spoil_it() -> None:
    loaded = parse_config(SMALLEST + "epochs: many\n", "test.yaml", overrides=("epochs=2", "limit=3"))
    assert loaded.spec.epochs == 2
    assert loaded.data["limit"] == 3
    error = refused(SMALLEST + "score: 1\n", ("epochs=many",))
    assert [(problem.path, problem.line) for problem in error.problems] == [("epochs", None), ("score", 6)]


def test_faults_of_the_text_come_before_overrides() -> None:
    error = refused("a: .nan\n", ("a.b=1",))
    assert [problem.line for problem in error.problems] == [1]


KEYS = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)


@given(st.tuples(KEYS), st.lists(KEYS | st.integers(0, 999_999_999), max_size=6))
def test_a_path_that_is_written_is_read_again(first: tuple[str], rest: list[str | int]) -> None:
    path = (*first, *rest)
    assert parse_path(format_path(path)) == path


@given(st.text('ab.[]0="\\ {}:,', max_size=20))
def test_any_override_is_applied_or_refused(text: str) -> None:
    try:
        data, paths = apply_overrides(DATA, [text])
    except InvalidConfig as error:
        assert error.problems
    else:
        assert isinstance(data, dict)
        assert len(paths) == 1
