"""``hawk compare``, from what the API answers."""

from __future__ import annotations

from typing import Any

from hawk.results.comparison.types import Arm, ArmSamples, Comparison, Flip, Paired
from hawk.specs.control import TokenCounts
from tests.cli.conftest import Api, Hawk, problem

FLIP = Flip(sample_id="s1", before=1, after=0.25, before_uuid="ub", after_uuid="ua")


def arm(compared: str, **more: Any) -> Arm:
    values: dict[str, Any] = {
        "task": "sums",
        "model": "m",
        "solver": None,
        "task_args": {"n": 1},
        "scorer": "match",
        "score": 0.75,
        "stderr": 0.125,
        "samples": ArmSamples(4, 4, 8, 0, 0),
        "tokens": TokenCounts(1000, 234, 1234),
        "cost": 1.5,
        "total_time": 8.0,
        "working_time": 4.0,
    }
    return Arm(id=compared, **{**values, **more})


def against(**more: Any) -> Paired:
    values: dict[str, Any] = {
        "model": "m",
        "solver": None,
        "samples": 4,
        "difference": -0.25,
        "stderr": 0.25,
        "low": -0.74,
        "high": 0.24,
        "graded": True,
        "better": 0,
        "worse": 1,
        "missing": 0,
        "extra": 0,
        "unscored": 0,
    }
    return Paired(**{**values, **more})


def answers(api: Api, *arms: Arm) -> None:
    api.on("GET", "/api/compare", Comparison(("a", "b"), arms))


def test_arms_stand_below_each_other_by_task(api: Api, hawk: Hawk) -> None:
    answers(api, arm("a"), arm("b", score=0.5, stderr=None, against=against(), cost=None))
    done = hawk("compare", "a", "b")
    first, second, _, head, task, before, after, *_ = done.out.splitlines()
    assert (first, second) == ("A  a  (the others are compared with it)", "B  b")
    titles = "MODEL SCORE STDERR CHANGE 95 % INTERVAL PAIRED BETTER WORSE SAMPLES TOKENS TIME EACH COST"
    assert " ".join(head.split()) == titles
    assert task == "sums by match"
    assert before.split() == ["A", "m", "0.750", "0.125", "4", "1,234", "1.00s", "$1.50"]
    assert after.split() == (
        ["B", "m", "0.500", "-", "-0.250", "-0.740", "…", "+0.240", "4", "0", "1", "4", "1,234", "1.00s", "-"]
    )
    assert done.err.strip() == "Next: hawk compare a b --flips"
    (request,) = api.asked("GET", "/api/compare")
    assert request.url.params.get_list("id") == ["a", "b"]


def test_what_is_left_out_is_said(api: Api, hawk: Hawk) -> None:
    left_out = against(missing=1, extra=2, unscored=3)
    answers(
        api,
        arm("a"),
        arm("b", against=left_out, samples=ArmSamples(4, 7, 14, 2, 1)),
        arm("b", task="other", solver="react", unpaired="the first has no such task"),
    )
    out = hawk("compare", "a", "b").out
    assert "4/7" in out
    assert (
        "B sums m: 1 sample of A missing, 2 samples that A lacks, 3 samples without a score on one side; "
        "left out of the change."
    ) in out
    assert "B other m react: not compared, the first has no such task." in out
    assert "With fewer than 30 paired samples" in out


def test_arguments_are_shown_where_they_tell_arms_apart(api: Api, hawk: Hawk) -> None:
    answers(api, arm("a"), arm("b", against=against()))
    assert "ARGS" not in hawk("compare", "a", "b").out
    answers(api, arm("a"), arm("a", task_args={"n": 2}), arm("b", against=against()))
    assert '{"n":2}' in hawk("compare", "a", "b").out


def test_flips_are_listed_with_what_to_read(api: Api, hawk: Hawk) -> None:
    answers(api, arm("a"), arm("b", against=against(flips=(FLIP,))))
    done = hawk("compare", "a", "b", "--flips", "--scorer", "judge")
    assert done.out.splitlines()[-1].split() == (
        ["worse", "s1", "sums", "m", "A", "1", "→", "B", "0.250", "ub", "ua"]
    )
    assert done.err.strip() == "Next: hawk transcript UUID"
    (request,) = api.asked("GET", "/api/compare")
    assert (request.url.params["flips"], request.url.params["scorer"]) == ("true", "judge")


def test_without_a_change_there_is_nothing_to_list(api: Api, hawk: Hawk) -> None:
    answers(api, arm("a"), arm("b", against=against(worse=0)))
    done = hawk("compare", "a", "b", "--flips")
    assert done.out.splitlines()[-1] == "No sample came out better or worse."
    assert done.err == ""


def test_json_is_the_apis(api: Api, hawk: Hawk) -> None:
    answers(api, arm("a"), arm("b", against=against(flips=(FLIP,))))
    shown = hawk("compare", "a", "b", "--json").json()
    assert shown["ids"] == ["a", "b"]
    assert shown["items"][1]["against"]["flips"][0]["after_uuid"] == "ua"


def test_one_id_or_nine_are_refused(api: Api, hawk: Hawk) -> None:
    one = hawk("compare", "a", code=2)
    assert "1 id given; from 2 to 8 can be compared." in one.err
    assert "No ids given" in hawk("compare", code=2).err
    assert "9 ids given" in hawk("compare", *"abcdefghi", code=2).err
    assert api.asked("GET", "/api/compare") == []


def test_an_unknown_id_is_told_with_the_fix(api: Api, hawk: Hawk) -> None:
    fix = "`hawk list eval-sets` shows those there are."
    api.on("GET", "/api/compare", problem("NotFound", 404, "There is no eval set or eval 'b'.", fix=fix))
    assert fix in hawk("compare", "a", "b", code=2).err
