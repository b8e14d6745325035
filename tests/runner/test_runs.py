from __future__ import annotations

import pytest

from hawk.specs.control import SampleProgress
from tests.runner.conftest import CAREFUL, Launch, examples, scripted

GRID = {
    "name": "grid",
    "tags": ["a-tag"],
    "metadata": {"name": "mine", "created_by": "somebody else", "purpose": "test"},
    "tasks": examples(
        {"name": "arithmetic", "args": {"count": 6, "seed": 3}, "sample_ids": ["sum-2", "sum-5"]},
        {"name": "calculation", "args": {"count": 4}, "sample_ids": ["sum-1"]},
    ),
    "agents": examples({"name": "calculating"}, {"name": "guessing", "args": {"hint": "Guess."}}),
    "models": scripted(
        {"name": "careful", "args": {"accuracy": 1.0, "thinks": True, "config": {"temperature": 0.25}}},
        {"name": "hasty", "args": {"accuracy": 0.0, "rate_limits": 1}},
    ),
    "model_roles": {"grader": scripted({"name": "judge", "args": {"role": "grader"}})[0]},
    "approval": {"approvers": [{"name": "hawk_examples/cautious", "tools": ["*"], "args": {"longest": 200}}]},
    "epochs": {"epochs": 2, "reducer": ["mean", "max"]},
    "message_limit": 15,
    "token_limit": 10_000,
    "time_limit": 60,
    "working_limit": 60,
    "sample_shuffle": 42,
    "max_samples": 3,
    "temperature": 0.75,
    "runner": {"environment": {"EXAMPLE_GREETING": "hello"}},
}


def test_a_grid_runs_every_cell_with_all_it_says(launch: Launch) -> None:
    ended = launch.plan(GRID).run()
    assert ended.code == 0, ended.output
    assert "Loaded 8 tasks with 24 samples in all." in ended.output
    assert "calculation (calculating) on scripted/careful: 2 of 2 samples" in ended.output

    logs = launch.eval_logs()
    cells = {(log.eval.task, log.plan.steps[-1].solver, log.eval.model) for log in logs}
    assert cells == {
        (f"hawk_examples/{task}", f"hawk_examples/{agent}", f"scripted/{model}")
        for task in ("arithmetic", "calculation")
        for agent in ("calculating", "guessing")
        for model in ("careful", "hasty")
    }
    for log in logs:
        wanted = {"sum-2", "sum-5"} if log.eval.task.endswith("arithmetic") else {"sum-1"}
        assert {(one.id, one.epoch) for one in log.samples} == {
            (id_, epoch) for id_ in wanted for epoch in (1, 2)
        }
        assert log.status == "success"
        assert log.eval.eval_set_id == "job-1"
        assert log.eval.tags == ["a-tag"]
        assert log.eval.metadata == {
            "name": "grid",
            "purpose": "test",
            "eval_set_id": "job-1",
            "created_by": "ada",
        }
        config = log.eval.config
        assert (config.epochs, config.epochs_reducer) == (2, ["mean", "max"])
        assert (config.message_limit, config.token_limit) == (15, 10_000)
        assert (config.time_limit, config.working_limit) == (60, 60)
        assert (config.max_samples, config.max_tasks, config.sample_shuffle) == (3, 4, 42)
        assert config.approval is not None
        assert config.approval.approvers[0].name == "hawk_examples/cautious"
        assert log.eval.model_roles["grader"].model == "scripted/judge"
    by_model = {log.eval.model: log for log in logs}
    assert by_model["scripted/careful"].eval.model_args["accuracy"] == 1.0
    assert by_model["scripted/careful"].eval.model_generate_config.temperature == 0.25
    assert {one.output.usage.total_tokens > 0 for log in logs for one in log.samples} == {True}

    progress = launch.progress()
    assert progress is not None
    assert progress.phase == "finishing"
    assert len(progress.tasks) == 8
    assert sum(task.samples.done for task in progress.tasks) == 24
    models = {model.model: model for model in progress.models}
    assert models["scripted/hasty"].retries == models["scripted/hasty"].rate_limited == 1
    assert models["scripted/hasty"].waited > 0
    assert models["scripted/careful"].retries == 0
    assert progress.tokens.total == sum(task.tokens.total for task in progress.tasks) > 0

    again = launch.run(2)
    assert again.code == 0, again.output
    assert len(launch.eval_logs()) == 8
    assert launch.outcome().attempt == 2


def test_errors_end_with_1_and_errors_only_runs_those_alone(launch: Launch) -> None:
    spec = {
        "tasks": examples(
            {"name": "brittle", "args": {"samples": 4, "broken": 2}},
            {"name": "arithmetic", "args": {"count": 2}},
        ),
        "models": CAREFUL,
        "epochs": 2,
        "retry_attempts": 0,
    }
    ended = launch.plan(spec).run()
    assert ended.code == 1, ended.output
    assert "Sample sum-1 (epoch 2) ended in error: RuntimeError: sum-1 is broken" in ended.output
    reason = launch.outcome().reason or ""
    assert reason.startswith(
        "1 of 2 evals ended in error: brittle on scripted/careful: sample sum-1: RuntimeError: "
    )
    assert "(and 3 more)" in reason
    progress = launch.progress()
    assert progress is not None
    assert progress.tasks[0].samples == SampleProgress(done=4, total=8, errors=4)
    before = {one.uuid for log in launch.eval_logs() for one in log.samples if one.error is None}

    launch.plan(spec, launch=2, errors_only=True)
    again = launch.run(env={"EXAMPLE_CURE": "1"})
    assert again.code == 0, again.output
    assert "Running again only what ended in error: 4 samples." in again.output
    logs = launch.eval_logs()
    assert len(logs) == 3
    newest = logs[-1]
    assert newest.status == "success"
    assert newest.eval.task == "hawk_examples/brittle"
    assert len(newest.samples) == 8
    assert {one.id for one in newest.samples if one.uuid not in before} == {"sum-1", "sum-2"}

    nothing = launch.run()
    assert nothing.code == 0, nothing.output
    assert "0 samples" in nothing.output


def test_errors_only_starts_nothing_that_never_ran(launch: Launch) -> None:
    # A limit cuts the first run short of two samples; a task is new in the second.
    spec = {
        "tasks": examples({"name": "brittle", "args": {"samples": 6, "broken": 1}}),
        "models": CAREFUL,
        "limit": 4,
        "retry_attempts": 0,
    }
    assert launch.plan(spec).run().code == 1
    whole = {**spec, "tasks": examples(*spec["tasks"][0]["items"], {"name": "arithmetic"})}
    del whole["limit"]
    launch.plan(whole, launch=2, errors_only=True)
    ended = launch.run(env={"EXAMPLE_CURE": "1"})
    assert ended.code == 0, ended.output
    newest = launch.eval_logs()[-1]
    assert {one.id for one in newest.samples} == {"sum-1", "sum-2", "sum-3", "sum-4"}
    assert all(one.error is None for one in newest.samples)

    everything = launch.plan(whole, launch=3).run()
    assert everything.code == 0, everything.output
    logs = launch.eval_logs()
    assert {log.eval.task for log in logs} == {"hawk_examples/brittle", "hawk_examples/arithmetic"}
    brittle = [log for log in logs if log.eval.task.endswith("brittle")][-1]
    assert len(brittle.samples) == 6


def test_secrets_reach_the_job_and_nothing_that_it_writes(launch: Launch) -> None:
    spec = {
        "tasks": examples({"name": "sealed"}, {"name": "unloadable", "args": {"reason": "no"}}),
        "models": CAREFUL,
        "runner": {"environment": {"EXAMPLE_OTHER": "plain"}},
    }
    spec["tasks"][0]["items"].pop()
    ended = launch.plan(spec).run(
        secrets={"EXAMPLE_SECRET": "open-sesame-4711", "EXAMPLE_OTHER": "hidden-4712"}
    )
    assert ended.code == 0, ended.output
    assert launch.eval_logs()[0].results.scores[0].metrics["accuracy"].value == 1
    everything = launch.text_of_everything() + ended.output.encode()
    assert b"sesame-4711" not in everything
    assert b"hidden-4712" not in everything


def test_a_secret_in_an_error_is_masked(launch: Launch) -> None:
    spec = {"tasks": examples({"name": "unloadable", "args": {"reason": "bad key: open-sesame-4711"}})}
    ended = launch.plan(spec).run(secrets={"EXAMPLE_SECRET": "open-sesame-4711"})
    assert ended.code == 78
    assert "sesame" not in ended.output
    assert "bad key: [secret]" in (launch.outcome().reason or "")


@pytest.mark.parametrize(("halvings", "expected"), [(1, 4), (9, 1)])
def test_halvings_divide_the_samples_at_once(launch: Launch, halvings: int, expected: int) -> None:
    spec = {
        "tasks": examples({"name": "arithmetic", "args": {"count": 1}}),
        "models": CAREFUL,
        "max_samples": 8,
    }
    launch.plan(spec)
    (launch.folder / "desired.json").write_text("what nobody can understand is not obeyed")
    ended = launch.run(1, "--halvings", str(halvings))
    assert ended.code == 0, ended.output
    assert launch.eval_logs()[0].eval.config.max_samples == expected
