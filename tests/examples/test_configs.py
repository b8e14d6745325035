"""Every example does what its comment says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hawk.specs.load import load_config
from hawk.specs.schema import json_schema
from tests.runner.conftest import Launch
from tests.runner.conftest import launch as launch  # noqa: PLC0414 - a fixture

EXAMPLES = Path(__file__).parents[2] / "examples"
CONFIGS = sorted(EXAMPLES.glob("*.eval-set.yaml"))


def spec_of(name: str, *overrides: str) -> dict[str, Any]:
    config = load_config(EXAMPLES / f"{name}.eval-set.yaml", overrides=overrides)
    return config.data


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_it_decodes_without_a_warning_and_says_what_to_type(path: Path) -> None:
    config = load_config(path)
    # What a provider of a package takes, nobody but the provider knows.
    assert [one for one in config.warnings if "provider" not in one.message] == []
    text = path.read_text()
    assert text.startswith("# yaml-language-server: $schema=")
    assert f"hawk eval-set examples/{path.name}" in text


def test_the_schema_that_they_name_is_that_of_the_configs() -> None:
    # hawk schema eval-set > examples/eval-set.schema.json
    written = json.loads((EXAMPLES / "eval-set.schema.json").read_text())
    assert written == json.loads(json.dumps(json_schema("eval-set")))


def test_simple(launch: Launch) -> None:
    ended = launch.plan(spec_of("simple")).run()
    assert ended.code == 0, ended.output
    (log,) = launch.eval_logs()
    assert (log.eval.task, log.eval.model) == ("hawk_examples/arithmetic", "scripted/careful")
    assert len(log.samples) == 10
    assert log.results.scores[0].metrics["accuracy"].value > 0.5


def test_grid(launch: Launch) -> None:
    ended = launch.plan(spec_of("grid")).run()
    assert ended.code == 0, ended.output
    logs = launch.eval_logs()
    assert len({(log.eval.task, log.plan.steps[-1].solver, log.eval.model) for log in logs}) == len(logs) == 8
    assert sum(len(log.samples) for log in logs) == 40
    scores = {name for log in logs for one in log.samples for name in one.scores}
    assert scores == {"match", "graded", "closeness"}
    letters = {one.scores["graded"].value for log in logs for one in log.samples if "graded" in one.scores}
    assert letters <= {"C", "I", "P"}
    assert len(letters) > 1
    approvals = [
        event for log in logs for one in log.samples for event in one.events if event.event == "approval"
    ]
    assert approvals
    reasoned = [one for log in logs for one in log.samples if "work this out" in str(one.output.choices)]
    assert reasoned
    progress = launch.progress()
    assert progress is not None
    assert {one.model: one.rate_limited for one in progress.models}["scripted/hasty"] == 3


def test_secrets(launch: Launch) -> None:
    ended = launch.plan(spec_of("secrets")).run(secrets={"EXAMPLE_SECRET": "sesame"})
    assert ended.code == 0, ended.output
    (log,) = launch.eval_logs()
    assert log.samples[0].scores["includes"].value == "C"


def test_failing_and_its_cure(launch: Launch) -> None:
    spec = spec_of("failing")
    ended = launch.plan(spec).run()
    assert ended.code == 1, ended.output
    assert "1 of 2 evals ended in error: brittle" in ended.output
    cured = launch.plan(spec, launch=2, errors_only=True).run(secrets={"EXAMPLE_CURE": "1"})
    assert cured.code == 0, cured.output
    assert "Running again only what ended in error: 1 sample." in cured.output


def test_slow_in_a_hurry(launch: Launch) -> None:
    # As the example is, but for the time that it takes.
    ended = launch.plan(spec_of("slow", "tasks[0].items[0].args.seconds=0")).run()
    assert ended.code == 0, ended.output
    (log,) = launch.eval_logs()
    assert len(log.samples) == 20
    assert log.eval.config.max_samples == 4


def test_what_is_scripted_says_the_same_in_every_process(launch: Launch, tmp_path: Path) -> None:
    def answers(one: Launch) -> list[str]:
        assert one.plan(spec_of("simple")).run().code == 0
        return [sample.output.completion for sample in one.eval_logs()[0].samples]

    other: Callable[[], Launch] = lambda: Launch(tmp_path / "other", launch.data)  # noqa: E731
    assert answers(launch) == answers(other())
