from __future__ import annotations

import inspect
from typing import Any, get_args

import msgspec
import pytest

from hawk.specs.eval_set import EvalSetSpec
from hawk.specs.generate_config import GENERATE_CONFIG
from hawk.specs.inspect_options import EVAL_SET_OPTIONS, OPTIONS, OWNED
from hawk.specs.load import parse_config
from tests.specs.configs import SMALLEST, refused

FIELDS = set(EvalSetSpec.__struct_fields__)


@pytest.fixture(scope="module")
def signature() -> dict[str, inspect.Parameter]:
    inspect_ai = pytest.importorskip("inspect_ai")
    return dict(inspect.signature(inspect_ai.eval_set).parameters)


def test_the_tables_have_every_argument_of_eval_set(signature: dict[str, inspect.Parameter]) -> None:
    arguments = {name for name, each in signature.items() if each.kind is not each.VAR_KEYWORD}
    assert set(EVAL_SET_OPTIONS) | set(OWNED) == arguments - FIELDS
    assert not set(EVAL_SET_OPTIONS) & set(OWNED)
    assert not set(OPTIONS) & FIELDS


def test_the_tables_have_every_field_of_generate_config() -> None:
    model = pytest.importorskip("inspect_ai.model")
    assert set(GENERATE_CONFIG) == set(model.GenerateConfig.model_fields)


def _scalars(annotation: Any) -> set[Any]:
    """The plain types and literals among those that an annotation allows."""
    if annotation in (bool, int, float, str):
        return {annotation}
    choices = get_args(annotation)
    if "Literal" in str(getattr(annotation, "__origin__", "")):
        return set(choices)
    if getattr(annotation, "__metadata__", None):
        return _scalars(choices[0])
    if getattr(annotation, "__origin__", None) in (list, dict, tuple):
        return set()
    return set().union(*map(_scalars, choices))


def test_scalar_types_are_those_of_inspect(signature: dict[str, inspect.Parameter]) -> None:
    model = pytest.importorskip("inspect_ai.model")
    theirs = {name: signature[name].annotation for name in EVAL_SET_OPTIONS}
    theirs |= {name: field.annotation for name, field in model.GenerateConfig.model_fields.items()}
    wider = {"incomplete_max": {int, float}, "adaptive_connections": {bool, int}}
    for name, kind in OPTIONS.items():
        assert _scalars(kind) | wider.get(name, set()) >= _scalars(theirs[name]), name
        assert _scalars(kind) <= _scalars(theirs[name]) | {str}, name


def test_inspect_takes_a_range_of_connections_as_text() -> None:
    model = pytest.importorskip("inspect_ai.model")
    assert model.GenerateConfig(adaptive_connections="4-20").adaptive_connections.max == 20


@pytest.mark.parametrize("name", sorted(OWNED))
def test_what_is_hawks_own_is_refused_with_the_reason(name: str) -> None:
    problem = refused(f"{SMALLEST}{name}: null\n").problems[0]
    assert (problem.path, problem.line) == (name, 6)
    assert OWNED[name] in problem.message


@pytest.mark.parametrize("name", sorted(OPTIONS))
def test_an_option_takes_null_and_no_nonsense(name: str) -> None:
    loaded = parse_config(f"{SMALLEST}{name}: null\n", "test.yaml")
    assert loaded.spec.extra == {name: None}
    assert loaded.warnings == ()
    wrong = "[[]]"
    if name == "sentinel":
        wrong = "3"
    assert refused(f"{SMALLEST}{name}: {wrong}\n").problems[0].line == 6


def test_every_type_of_the_tables_has_a_schema() -> None:
    for kind in OPTIONS.values():
        assert msgspec.json.schema(kind)
