from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hawk.specs.distributions import distribution_name, inspect_fault, requirement_fault
from hawk.specs.load import load_config
from hawk.specs.requirements import is_local_path, local_path, requirement_strings
from tests.specs.configs import EVERY_FIELD


def test_every_package_of_a_config_once_and_in_order() -> None:
    assert requirement_strings(load_config(EVERY_FIELD).spec) == (
        "./provider",
        "evals",
        "git+https://github.com/example/inspect_ai_evals@main",
        "numpy>=2",
    )


@pytest.mark.parametrize(
    "text",
    [
        "inspect-ai>=0.3",
        "inspect_ai",
        "Inspect.AI[extra]==1",
        "inspect-ai ; python_version > '3'",
        "inspect-ai@git+https://github.com/x/y",
        "inspect_ai @ file:///x",
        "git+https://github.com/UKGovernmentBEIS/inspect_ai.git@main",
        "git+https://github.com/UKGovernmentBEIS/inspect_ai",
        "git+ssh://git@github.com/UKGovernmentBEIS/inspect_ai@v1#subdirectory=x",
        "git+https://example.com/fork#egg=inspect_ai",
        "https://example.com/inspect_ai-0.3.1-py3-none-any.whl",
        "./inspect_ai-0.3.1.tar.gz",
        " inspect-ai",
    ],
)
def test_inspect_by_another_name_is_known(text: str) -> None:
    assert "under `packages`" in (inspect_fault(text) or "")


@pytest.mark.parametrize(
    "text",
    [
        "inspect-ai-evals",
        "inspect_evals",
        "git+https://github.com/example/inspect_ai_evals",
        "my-inspect-ai",
        "evals @ git+https://github.com/UKGovernmentBEIS/inspect_ai",
        "git+https://example.com/inspect_ai/evals.git",
        "https://example.com/inspect-ai/evals-1.0.tar.gz",
        "./inspect_ai_evals",
        "/home/me/inspect_ai/tasks",
    ],
)
def test_innocent_names_pass(text: str) -> None:
    assert inspect_fault(text) is None
    assert requirement_fault(text) is None


@pytest.mark.parametrize("text", ["-r x", "--index-url=x", " -e .", "a\nb", "", "  ", "a\x1b[0m"])
def test_what_is_no_requirement(text: str) -> None:
    assert "expected" in (requirement_fault(text) or "")


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/opt/evals", Path("/opt/evals")),
        ("./evals", Path("evals")),
        ("../evals", Path("../evals")),
        (".", Path()),
        ("..", Path("..")),
        ("./evals[extra]", Path("evals")),
        (".[extra]", Path()),
        ("~/evals", Path("~/evals").expanduser()),
        ("file:///opt/my%20evals", Path("/opt/my evals")),
        ("file:evals", Path("evals")),
        ("evals @ file:///opt/evals", Path("/opt/evals")),
        ("evals[x]@file:///opt/evals", Path("/opt/evals")),
        ("evals", None),
        ("evals/sub", None),
        ("git+file:///opt/evals", None),
        ("evals @ https://example.com/e.whl", None),
    ],
)
def test_local_paths(text: str, path: Path | None) -> None:
    assert local_path(text) == path
    assert is_local_path(text) == (path is not None)


@given(st.text(max_size=40))
def test_any_text_has_a_name_or_none(text: str) -> None:
    name = distribution_name(text)
    assert name is None or name == name.lower()
    assert isinstance(is_local_path(text), bool)
