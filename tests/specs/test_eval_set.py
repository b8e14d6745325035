from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import msgspec
import pytest

from hawk.errors import FieldProblem, InvalidConfig
from hawk.specs.eval_set import EvalSetSpec
from hawk.specs.load import decode_spec, encode_spec, load_config, parse_config
from hawk.specs.part import Part
from hawk.specs.paths import format_path
from hawk.specs.problems import render_problems
from tests.specs.configs import EVERY_FIELD, SMALLEST, dumped, every_field, refused


def _model_with(args: str) -> str:
    return f"models: [{{package: inspect-ai, items: [{{name: a/b, args: {{{args}}}}}]}}]"


def test_every_field_decodes_without_a_warning() -> None:
    loaded = load_config(EVERY_FIELD)
    assert loaded.warnings == ()
    assert loaded.source == str(EVERY_FIELD)
    assert loaded.spec.tasks[0].items[0].args == {"n": 3, "sum": "yes"}
    assert loaded.spec.limit == (0, 10)
    assert loaded.spec.extra["max_samples"] == 10
    assert loaded.spec.models_named() == ("mockllm/model", "scripted/clever", "mockllm/grader")


def test_the_file_with_every_field_has_every_field() -> None:
    declared, used = set[str](), set[str]()
    for part in _parts(load_config(EVERY_FIELD).spec):
        names = {name: f"{type(part).__name__}.{name}" for name in part.__struct_fields__}
        declared |= set(names.values())
        used |= {names[name] for name in names if getattr(part, name) not in (None, (), {})}
    assert declared - used == {"GetModelArgs.api_key", "GetModelArgs.extra"}
    assert {"EvalSetSpec", "Epochs", "Approver", "RunnerSpec"} <= {name.partition(".")[0] for name in used}


def test_what_is_encoded_decodes_to_the_same() -> None:
    spec = load_config(EVERY_FIELD).spec
    again = decode_spec(encode_spec(spec))
    assert again.spec == spec
    assert decode_spec(msgspec.json.decode(msgspec.json.encode(load_config(EVERY_FIELD).data))).spec == spec


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if path:
        yield path
    if (path and path[-1] in {"metadata", "environment"}) or ("args" in path and path[0] != "models"):
        return
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in items:
        yield from _paths(each, (*path, key))


@pytest.mark.parametrize("path", list(_paths(every_field())), ids=format_path)
def test_a_wrong_value_is_found_where_it_stands(path: tuple[str | int, ...]) -> None:
    data = deepcopy(every_field())
    parent: Any = data
    for part in path[:-1]:
        parent = parent[part]
    takes_a_float = path[-1] in {"temperature", "cost_limit", "fail_on_error"}
    parent[path[-1]] = "wrong4242" if takes_a_float else 4242.42
    text = dumped(data)
    line = 1 + next(at for at, each in enumerate(text.splitlines()) if "4242" in each)
    found = [problem for problem in refused(text).problems if problem.path == format_path(path)]
    assert [problem.line for problem in found] == [line]
    assert "expected" in found[0].message


TEN_MISTAKES = """\
name: ""
eval_set_id: Not_An_Id
tasks:
  - package: inspect_ai>=0.3
    name: x
    items:
      - name: 3
        sample_ids: []
epochs: 0
message_limit: -1
limit: [3, 2]
log_dir: /tmp
max_samples: many
runner: {environment: {A: 1}}
"""


def test_ten_mistakes_are_ten_problems_in_the_order_of_the_lines() -> None:
    error = refused(TEN_MISTAKES)
    assert error.message == "test.yaml has 11 problems."
    assert [(problem.line, problem.path) for problem in error.problems] == [
        (1, "name"),
        (2, "eval_set_id"),
        (4, "tasks[0].package"),
        (7, "tasks[0].items[0].name"),
        (8, "tasks[0].items[0].sample_ids"),
        (9, "epochs"),
        (10, "message_limit"),
        (11, "limit"),
        (12, "log_dir"),
        (13, "max_samples"),
        (14, "runner.environment.A"),
    ]
    lines = render_problems(error, "test.yaml")
    assert lines[3] == "test.yaml:7: tasks[0].items[0].name: expected a string, found 3 (put it in quotes)"


def test_faults_of_the_yaml_and_of_the_fields_come_together() -> None:
    error = refused("tags: 3\nepochs: .nan\nepochs: 2\n")
    assert [problem.line for problem in error.problems] == [1, 1, 2, 3]
    assert "line 2 and on line 3" in error.problems[3].message


@pytest.mark.parametrize(
    ("lines", "path", "words"),
    [
        ("score: 'true'", "score", "expected true or false"),
        ("epochs: true", "epochs", "found true"),
        ("epochs: 1.0", "epochs", "found 1.0"),
        ("limit: [1]", "limit", "exactly 2"),
        ("limit: [1, 2, 3]", "limit", "exactly 2"),
        ("limit: 0", "limit", "at least 1"),
        ("limit: [-1, 2]", "limit[0]", "at least 0"),
        ("model_roles: {r: {package: inspect-ai, items: []}}", "model_roles.r", "exactly one"),
        ("models: [{package: p, items: []}]", "models[0].name", "is required"),
        ("models: [{package: '--index-url=x', name: p, items: []}]", "models[0].package", "option"),
        ("packages: ['-r file']", "packages[0]", "option"),
        (_model_with("api_key: s3cr3t"), "models[0].items[0].args.api_key", "--secret"),
        ("temperature: hot", "temperature", "expected a number"),
        ("retry_attempts: 1.5", "retry_attempts", "whole number"),
        ("sandbox: docker", "sandbox", "can't be set"),
        ("runner: {memory: -1Gi}", "runner.memory", "positive"),
        ("runner: {environment: {'A=B': x}}", 'runner.environment."A=B"', "environment variable"),
        ("approval: 3", "approval", "expected a string or a map"),
    ],
)
def test_a_rule_of_one_field(lines: str, path: str, words: str) -> None:
    error = refused(f"{SMALLEST}{lines}\n")
    assert [problem.path for problem in error.problems] == [path]
    assert error.problems[0].line == 6
    assert words in error.problems[0].message
    assert "s3cr3t" not in str(error.problems)


@pytest.mark.parametrize(
    ("lines", "path", "words"),
    [
        ("epoch: 2", "epoch", "did you mean 'epochs'?"),
        ("max_sample: 2", "max_sample", "did you mean 'max_samples'?"),
        ("runner: {memry: 2Gi}", "runner.memry", "is ignored: did you mean 'memory'?"),
        ("models: [{package: inspect-ai, name: x, items: []}]", "models[0].name", "is ignored"),
        (_model_with("temperature: 1"), "models[0].items[0].args.temperature", "under `config`"),
        (_model_with("memoise: true"), "models[0].items[0].args.memoise", "as it is"),
    ],
)
def test_an_odd_key_is_a_warning(lines: str, path: str, words: str) -> None:
    loaded = parse_config(f"{SMALLEST}{lines}\n", "test.yaml")
    assert [(warning.path, warning.line) for warning in loaded.warnings] == [(path, 6)]
    assert words in loaded.warnings[0].message


def test_unknown_keys_are_handed_on_where_somebody_takes_them() -> None:
    spec = parse_config(f"{SMALLEST}novelty: 1\n{_model_with('x: [1]')}\n", "test.yaml").spec
    args = spec.models[0].items[0].args
    assert spec.extra == {"novelty": 1}
    assert args is not None
    assert args.extra == {"x": [1]}


def test_null_is_as_good_as_leaving_a_field_out() -> None:
    blank = "".join(f"{name}:\n" for name in ("tags", "models", "runner", "score", "limit", "metadata"))
    assert parse_config(SMALLEST + blank, "test.yaml").spec == parse_config(SMALLEST, "test.yaml").spec


def test_plain_data_has_problems_without_lines() -> None:
    with pytest.raises(InvalidConfig) as caught:
        decode_spec({"tasks": None, "epochs": "2"})
    assert caught.value.problems == (
        FieldProblem("tasks", "expected a list, found null"),
        FieldProblem("epochs", 'expected a whole number of at least 1 or a map, found "2"'),
    )


@pytest.mark.parametrize("data", [None, [], "x", 3])
def test_plain_data_that_is_no_map(data: Any) -> None:
    with pytest.raises(InvalidConfig, match="1 problem"):
        decode_spec(data)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(InvalidConfig, match="kind 'scan'"):
        decode_spec({}, "scan")


def test_of_secrets_with_one_name_the_last_counts_in_the_place_of_the_first() -> None:
    spec = parse_config(
        SMALLEST.replace("- name: trivia", "- {name: t, secrets: [{name: A, description: task}, {name: B}]}")
        + "secrets: [{name: C}]\nrunner: {secrets: [{name: A, description: runner}]}\n",
        "test.yaml",
    ).spec
    assert [(secret.name, secret.description) for secret in spec.required_secrets()] == [
        ("A", "runner"),
        ("B", None),
        ("C", None),
    ]


def test_no_tasks_are_allowed_and_missing_tasks_are_not() -> None:
    assert parse_config("tasks: []", "test.yaml").spec == EvalSetSpec(tasks=())
    assert refused("name: x").problems == (
        FieldProblem("tasks", "is required: expected a list, found nothing", 1, 1),
    )


def _parts(value: Any) -> Iterator[Part]:
    if isinstance(value, Part):
        yield value
        for name in value.__struct_fields__:
            yield from _parts(getattr(value, name))
    elif isinstance(value, tuple | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _parts(each)
