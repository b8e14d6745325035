from __future__ import annotations

from copy import deepcopy
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hawk.errors import InvalidConfig
from hawk.specs.load import decode_spec, load_config
from hawk.specs.schema import json_schema
from tests.specs.configs import EVERY_FIELD, every_field

SCHEMA = json_schema("eval-set")
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
EVERYTHING = every_field()


def test_it_is_a_schema_and_the_config_with_every_field_is_valid() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    VALIDATOR.validate(load_config(EVERY_FIELD).data)
    assert SCHEMA["additionalProperties"] is True
    assert SCHEMA["properties"]["tasks"]["description"]
    assert "extra" not in SCHEMA["properties"]


def test_an_unknown_kind_has_no_schema() -> None:
    with pytest.raises(InvalidConfig):
        json_schema("scan")


def _places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, each in items for place in _places(each, (*path, key)))]


FIXED: list[Any] = [
    None,
    True,
    -3,
    0,
    1,
    0.5,
    "",
    "x",
    "-x",
    "A B",
    [],
    ["a"],
    [True],
    [1, 2],
    {},
    {"name": "a"},
    ...,
]


@pytest.mark.parametrize("value", FIXED)
def test_schema_and_decoder_agree_on_each_value_in_each_place(value: Any) -> None:
    for path in _places(EVERYTHING)[1:]:
        data = _with(path, value)
        assert _decodes(data) == VALIDATOR.is_valid(data), path


WORDS = st.sampled_from(["", "x", "1Gi", "inspect-ai", "auto", "-x", "A B"])
KEYS = st.sampled_from(["name", "items", "package", "args", "x"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 50) | st.sampled_from([0.5, -0.5]) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner),
    max_leaves=6,
)
EXTRAS = st.sampled_from(["", "zzz", "api_key", "log_dir"])


@given(st.sampled_from(_places(EVERYTHING)[1:]), VALUES | st.just(...), EXTRAS)
def test_schema_and_decoder_agree(path: tuple[str | int, ...], value: Any, extra: str) -> None:
    data = _with(path, value)
    if extra:
        data[extra] = 1
    assert _decodes(data) == VALIDATOR.is_valid(data), list(VALIDATOR.iter_errors(data))


def _with(path: tuple[str | int, ...], value: Any) -> Any:
    data = deepcopy(EVERYTHING)
    parent: Any = data
    for part in path[:-1]:
        parent = parent[part]
    if value is ...:
        del parent[path[-1]]
    else:
        parent[path[-1]] = value
    return data


def _decodes(data: Any) -> bool:
    """Whether it decodes, but for what a schema can't say."""
    try:
        decode_spec(data)
    except InvalidConfig as error:
        return all("a start before the end" in problem.message for problem in error.problems)
    return True
