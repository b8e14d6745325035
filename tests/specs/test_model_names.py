"""Every model that a config names is found, wherever it stands."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hawk.specs.model_names import PROVIDERS, models_of


def task(**args: Any) -> dict[str, Any]:
    return {"tasks": [{"package": "p", "name": "p", "items": [{"name": "t", "args": args}]}]}


def test_models_and_roles_by_their_qualified_names() -> None:
    item = {"name": "m", "args": {"default": "openai/spare", "role": "grader"}}
    spec = {
        "models": [
            {"package": "inspect-ai", "items": [{"name": "openai/gpt-4o"}, {"name": "mockllm/model"}]},
            {"package": "git+https://x", "name": "ours", "items": [item]},
        ],
        "model_roles": {"grader": {"package": "inspect-ai", "items": [{"name": "anthropic/claude"}]}},
    }
    assert models_of(spec) == {
        *("openai/gpt-4o", "mockllm/model", "ours/m", "openai/spare", "anthropic/claude")
    }


@pytest.mark.parametrize(
    ("args", "found"),
    [
        ({"model": "gpt-4o"}, {"gpt-4o"}),
        ({"grader_model": "gpt-4o"}, {"gpt-4o"}),
        ({"model_name": "gpt-4o"}, {"gpt-4o"}),
        ({"models": ["a", "b"]}, {"a", "b"}),
        ({"models": {"judge": "a", "spare": {"name": "b"}}}, {"a", "b"}),
        ({"model": {"name": "a", "config": {"temperature": 1, "cache_prompt": "auto"}}}, {"a"}),
        ({"judge": "openai/gpt-4o"}, {"openai/gpt-4o"}),
        ({"deep": [{"er": {"judge": ("x", "google/gemini")}}]}, {"google/gemini"}),
        ({"dataset": "openai/gsm8k", "data_path": "google/x", "prompt": "openai/ is a place"}, set()),
        ({"style": "and/or", "n": 3, "flag": True, "none": None, "url": "hf/x"}, set()),
    ],
)
def test_in_arguments(args: dict[str, Any], found: set[str]) -> None:
    assert models_of(task(**args)) == found


@pytest.mark.parametrize("part", ["tasks", "solvers", "agents"])
def test_of_solvers_and_agents_too(part: str) -> None:
    spec = {part: [{"package": "p", "name": "p", "items": [{"name": "s", "args": {"critic": "openai/o3"}}]}]}
    assert models_of(spec) == {"openai/o3"}


def test_in_approval_options_and_the_environment() -> None:
    spec = {
        "approval": {"approvers": [{"name": "x", "tools": "*", "model": "a"}]},
        "some_model": "b",
        "runner": {"environment": {"INSPECT_EVAL_MODEL": "c"}},
        "metadata": {"model": "not this"},
        "name": "openai/not-this",
    }
    assert models_of(spec) == {"a", "b", "c"}


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["models", "model_roles", "tasks", "runner", "x"]), plain), plain)
def test_whatever_a_record_has_is_read(spec: dict[str, Any], args: Any) -> None:
    """Also at any depth: what is put into arguments is found there."""
    assert all(isinstance(name, str) and name.strip() for name in models_of(spec))
    assert "openai/secret" in models_of(task(wrapped=[{"in": args, "judge": "openai/secret"}]))


def test_all_providers_of_the_installed_inspect_are_known() -> None:
    from inspect_ai.model._providers import providers

    text = Path(str(providers.__file__)).read_text("utf-8")
    names = set(re.findall(r'@modelapi\(name="([^"]+)"', text))
    assert len(names) > 15
    assert names - {"none"} <= PROVIDERS
