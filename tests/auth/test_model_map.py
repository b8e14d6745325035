"""Names of models, and the groups that they need."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hawk.auth.groups import normal_group
from hawk.auth.model_map import ModelMap
from hawk.auth.model_names import names_of
from hawk.backends.models.protocol import ModelGroups


def map_of(**groups: str) -> ModelMap:
    listed = {name.replace("__", "/"): frozenset(said.split()) for name, said in groups.items()}
    return ModelMap(ModelGroups(listed, "v"))


@pytest.mark.parametrize(
    ("model", "names"),
    [
        ("gpt", ("gpt",)),
        ("openai/gpt", ("openai/gpt", "gpt")),
        ("openai/azure/gpt", ("openai/azure/gpt", "openai/gpt", "gpt")),
        ("google/vertex/gemini", ("google/vertex/gemini", "google/gemini", "gemini")),
        ("openrouter/anthropic/c", ("openrouter/anthropic/c", "anthropic/c", "c")),
        ("openai-api/lab/m", ("openai-api/lab/m", "lab/m", "m")),
        ("fireworks/accounts/f/models/d", ("fireworks/accounts/f/models/d", "accounts/f/models/d")),
        ("hf/org", ("hf/org", "org")),
    ],
)
def test_a_model_has_these_names(model: str, names: tuple[str, ...]) -> None:
    assert names_of(model) == names


@pytest.mark.parametrize(
    ("model", "groups"),
    [
        ("openai/a", {"g1"}),
        ("a", {"g1"}),
        ("azureai/a", None),
        ("b", {"g2"}),
        ("openai/b", {"g2"}),
        ("openai/azure/b", {"g2"}),
        ("c", {"g3", "g4"}),
        ("google/c", {"g3"}),
        ("google/vertex/c", {"g3"}),
        ("openrouter/google/c", {"g3"}),
        ("mistral/c", None),
        ("d", None),
        ("A", None),
        ("", None),
    ],
)
def test_a_map_is_asked_by_any_name(model: str, groups: set[str] | None) -> None:
    known = map_of(openai__a="g1", b="g2", google__c="g3", anthropic__c="g4")
    assert known.groups_of(model) == groups


def test_old_names_of_groups_mean_the_new_ones() -> None:
    assert map_of(m="secret-models").groups_of("m") == {"model-access-secret"}
    assert map_of(m="").groups_of("m") == frozenset()


@given(st.text(max_size=12))
def test_a_group_has_one_name(name: str) -> None:
    assert normal_group(normal_group(name)) == normal_group(name)
    assert normal_group(f"{name}-models") == f"model-access-{name}" or not name or name.startswith("model-ac")


segments = st.lists(st.sampled_from(["openai", "azure", "hf", "google", "m", "n"]), min_size=1, max_size=5)


@given(segments, st.sets(st.sampled_from("xyz")))
def test_a_model_needs_what_its_own_name_says(parts: list[str], groups: set[str]) -> None:
    name = "/".join(parts)
    known = ModelMap(ModelGroups({name: frozenset(groups), "other/q": frozenset("z")}, ""))
    assert known.groups_of(name) == groups
    assert set(names_of(name)) >= {name}
    assert len(set(names_of(name))) == len(names_of(name))
