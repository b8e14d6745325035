from __future__ import annotations

import os
from pathlib import Path

import pytest

from hawk.errors import InvalidConfig, MissingSecrets
from hawk.specs.eval_set import EvalSetSpec
from hawk.specs.runner import RunnerSpec, SecretSpec
from hawk.specs.secrets import collect_secrets

NOTHING = EvalSetSpec(tasks=())


def _file(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def _needs(*names: str, environment: dict[str, str] | None = None) -> EvalSetSpec:
    secrets = tuple(SecretSpec(name=name, description=f"for {name.lower()}") for name in names)
    return EvalSetSpec(tasks=(), runner=RunnerSpec(secrets=secrets, environment=environment or {}))


def test_later_files_win_then_names_then_the_config(tmp_path: Path) -> None:
    first = _file(tmp_path, "1.env", "A=1\nB=1\nC=1\nD=1\n")
    second = _file(tmp_path, "2.env", "B=2\nC=2\nD=2\n")
    spec = _needs("A", environment={"D": "4", "EMPTY": ""})
    environ = {"C": "3", "D": "3", "UNASKED": "x"}
    assert collect_secrets(spec, [first, second], ["C", "D"], environ) == {
        "A": "1",
        "B": "2",
        "C": "3",
        "D": "4",
        "EMPTY": "",
    }


def test_files_as_people_write_them(tmp_path: Path) -> None:
    text = "# a comment\n\nexport A='x y'\nB=\"a#b\" # why\nC=k=v==\nEMPTY=\nBARE\nD='$HOME'\n"
    assert collect_secrets(NOTHING, [_file(tmp_path, ".env", text)], [], {}) == {
        "A": "x y",
        "B": "a#b",
        "C": "k=v==",
        "D": "$HOME",
    }


def test_every_missing_secret_is_named_with_the_fix() -> None:
    with pytest.raises(MissingSecrets) as caught:
        collect_secrets(_needs("KEY", "UNSET"), [], ["UNSET", "EMPTY", "UNSET"], {"EMPTY": "", "KEY": "x"})
    error = caught.value
    assert error.exit_code == 2
    assert error.message == (
        "Missing secrets: UNSET is not set or empty in the environment; "
        "EMPTY is not set or empty in the environment; KEY is required by the config (for key)."
    )
    assert "--secret UNSET --secret EMPTY --secret KEY" in (error.fix or "")
    assert "--secrets-file" in (error.fix or "")
    assert "`runner.environment`" in (error.fix or "")
    assert [problem.path for problem in error.problems] == ["UNSET", "EMPTY", "KEY"]


def test_a_file_may_be_a_pipe() -> None:
    reader, writer = os.pipe()
    os.write(writer, b"A=1\n")
    os.close(writer)
    try:
        assert collect_secrets(NOTHING, [Path(f"/dev/fd/{reader}")], [], {}) == {"A": "1"}
    finally:
        os.close(reader)


def test_an_empty_value_in_a_file_is_none(tmp_path: Path) -> None:
    with pytest.raises(MissingSecrets, match="KEY is required"):
        collect_secrets(_needs("KEY"), [_file(tmp_path, ".env", "KEY=\n")], [], {})


def test_a_value_in_the_config_is_no_secret() -> None:
    with pytest.raises(MissingSecrets, match="doesn't belong in a config"):
        collect_secrets(_needs("KEY", environment={"KEY": "x"}), [], [], {})


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    latin = tmp_path / "latin.env"
    latin.write_bytes(b"A=\xe9\n")
    for path in (tmp_path / "missing.env", tmp_path, latin):
        with pytest.raises(InvalidConfig, match=path.name):
            collect_secrets(NOTHING, [path], [], {})


def test_a_line_that_is_no_assignment_is_found_and_not_shown(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfig) as caught:
        collect_secrets(NOTHING, [_file(tmp_path, ".env", "A=1\nB='s3cr3t\n")], [], {})
    assert caught.value.problems[0].line == 2
    assert "s3cr3t" not in str(caught.value) + str(caught.value.problems)
