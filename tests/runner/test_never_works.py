from __future__ import annotations

import pytest

from tests.runner.conftest import CAREFUL, Launch, Spec, examples, scripted

ARITHMETIC = examples({"name": "arithmetic"})
CASES: dict[str, tuple[Spec, list[str]]] = {
    "task": (
        {"tasks": examples({"name": "arithmetik"})},
        ["There is no task 'hawk_examples/arithmetik'.", "Did you mean 'arithmetic'?"],
    ),
    "task args": (
        {"tasks": examples({"name": "arithmetic", "args": {"cuont": 3}})},
        ["Task 'hawk_examples/arithmetic' could not be loaded: TypeError", "'cuont'"],
    ),
    "task raises": (
        {"tasks": examples({"name": "unloadable", "args": {"reason": "no\nsuch file"}})},
        ["could not be loaded: ValueError: such file (", "hawk_examples/tasks.py:", "in unloadable)"],
    ),
    "agent": (
        {"tasks": ARITHMETIC, "agents": examples({"name": "calculate"})},
        ["There is no agent 'hawk_examples/calculate'.", "Did you mean 'calculating'?"],
    ),
    "solver": (
        {"tasks": ARITHMETIC, "solvers": examples({"name": "zzz"})},
        ["There is no solver 'hawk_examples/zzz'.", "has take_time"],
    ),
    "entry point": (
        {"tasks": [{"package": "./tasks", "name": "hawk_example", "items": [{"name": "arithmetic"}]}]},
        ["'./tasks' registers nothing by the name 'hawk_example'", "Did you mean 'hawk_examples'?"],
    ),
    "model": (
        {"tasks": ARITHMETIC, "models": [{"package": "inspect-ai", "items": [{"name": "scriptet/x"}]}]},
        ["Model 'scriptet/x' could not be made", "scriptet"],
    ),
    "model args": (
        {"tasks": ARITHMETIC, "models": scripted({"name": "x", "args": {"acuracy": 1}})},
        ["Model 'scripted/x' could not be made: TypeError: A scripted model takes no argument acuracy"],
    ),
    "sample ids": (
        {"tasks": examples({"name": "arithmetic", "sample_ids": ["sum-1", "sum-99"]}), "models": CAREFUL},
        ["Task 'hawk_examples/arithmetic' has no sample 'sum-99'.", "There are 10"],
    ),
    "option": (
        {"tasks": ARITHMETIC, "models": CAREFUL, "warp_speed": 9},
        ["The installed Inspect takes no option 'warp_speed'."],
    ),
    "twice": (
        {"tasks": examples({"name": "arithmetic"}, {"name": "arithmetic"}), "models": CAREFUL},
        ["The task 'hawk_examples/arithmetic' is there twice"],
    ),
    "approver": (
        {
            "tasks": ARITHMETIC,
            "models": CAREFUL,
            "approval": {"approvers": [{"name": "hawk_examples/cautius", "tools": ["*"]}]},
        },
        ["There is no approver 'hawk_examples/cautius'.", "Did you mean 'cautious'?"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_can_never_work_ends_with_78_and_says_why(launch: Launch, name: str) -> None:
    spec, expected = CASES[name]
    ended = launch.plan(spec).run()
    outcome = launch.outcome()
    assert ended.code == outcome.exit_code == 78, ended.output
    reason = outcome.reason or ""
    assert [part for part in expected if part not in reason] == [], reason
    assert reason in ended.output
    assert "\n" not in reason


def test_logs_of_another_eval_set_are_refused_unless_allowed(launch: Launch) -> None:
    assert launch.plan({"tasks": ARITHMETIC, "models": CAREFUL}).run().code == 0
    other = {"tasks": examples({"name": "arithmetic", "args": {"count": 1}}), "models": CAREFUL}
    refused = launch.plan(other, launch=2).run()
    assert refused.code == 78
    assert "run it again with --log-dir-allow-dirty" in (launch.outcome().reason or "")
    allowed = launch.plan(other, launch=3, log_dir_allow_dirty=True).run()
    assert allowed.code == 0, allowed.output
    assert len(launch.eval_logs()) == 2


def test_a_folder_that_cant_be_written_is_said(launch: Launch) -> None:
    launch.plan({"tasks": ARITHMETIC, "models": CAREFUL})
    launch.logs_dir.write_text("a file is in the way")
    ended = launch.run()
    assert ended.code not in {0, 1, 78}
    assert "logs" in (launch.outcome().reason or "")


def test_a_plan_that_cant_be_read(launch: Launch) -> None:
    launch.folder.mkdir()
    ended = launch.run()
    assert ended.code == 78
    assert "The plan in" in ended.output
