"""Tables for people, the API's own shapes for programs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from hawk.jobs.types import Counts, JobStatus
from hawk.results.types import Eval, EvalSet, Facet, Facets, Sample
from hawk.specs.control import TokenCounts
from tests.cli.conftest import NOON, Api, Hawk, job, page


def sample(number: int, **more: Any) -> Sample:
    values: dict[str, Any] = {
        "uuid": f"uuid{number}",
        "sample_id": number,
        "epoch": 1,
        "eval_id": "eval1",
        "eval_set_id": "simple-abc",
        "task": "arithmetic",
        "model": "m",
        "status": "success",
        "scores": {"match": "C", "judge": 0.123456},
        "log": "x.eval",
    }
    return Sample(id=f"s{number}", **{**values, **more})


def an_eval(**more: Any) -> Eval:
    values: dict[str, Any] = {
        "eval_set_id": "simple-abc",
        "task": "arithmetic",
        "model": "m",
        "status": "success",
        "samples": Counts(done=10, total=10),
        "scores": {"match": {"accuracy": 0.75}},
        "score": 0.75,
        "tokens": TokenCounts(input=1000, output=234, total=1234),
        "log": "x.eval",
    }
    return Eval(id="eval1", **{**values, **more})


def test_jobs_as_a_table(api: Api, hawk: Hawk) -> None:
    api.on(
        "GET",
        "/api/jobs",
        page([job(), job("other", JobStatus.FAILED, reason="No.", samples=Counts(done=1, errors=1))]),
    )
    head, first, second = hawk("list", "jobs").out.splitlines()
    assert head.split() == ["ID", "STATUS", "SAMPLES", "ERRORS", "TOKENS", "CREATED", "BY", "REASON"]
    assert first.split() == ["simple-abc", "running", "3/10", "-", "-", "2026-11-24", "12:00:00Z", "ada"]
    assert second.split()[:4] == ["other", "failed", "1/?", "1"]
    assert second.endswith("No.")


def test_json_is_the_apis_own_shape(api: Api, hawk: Hawk) -> None:
    api.on("GET", "/api/jobs", page([job(started_at=NOON + timedelta(seconds=1))], "cursor"))
    done = hawk("list", "jobs", "--json", "--limit", "1")
    assert done.err == ""
    listed = done.json()
    assert listed["next"] == "cursor"
    assert listed["items"][0]["id"] == "simple-abc"
    assert listed["items"][0]["samples"] == {"done": 3, "total": 10, "errors": 0}
    assert listed["items"][0]["started_at"] == "2026-11-24T12:00:01Z"


def test_lines_of_json_stream_page_after_page(api: Api, hawk: Hawk) -> None:
    api.on("GET", "/api/jobs", page([job("a"), job("b")], "more"), page([job("c")]))
    lines = hawk("list", "jobs", "--jsonl").out.splitlines()
    assert [line[:9] for line in lines] == ['{"id":"a"', '{"id":"b"', '{"id":"c"']
    assert [dict(r.url.params).get("cursor") for r in api.asked("GET", "/api/jobs")] == [None, "more"]


def test_a_limit_beyond_a_page_takes_as_many_pages_as_it_needs(api: Api, hawk: Hawk) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        import msgspec

        size = int(request.url.params["limit"])
        return httpx.Response(
            200, content=msgspec.json.encode(page([job(f"j{n}") for n in range(size)], "on"))
        )

    api.on("GET", "/api/jobs", answer)
    done = hawk("list", "jobs", "--limit", "700", "--json")
    assert len(done.json()["items"]) == 700
    assert done.json()["next"] == "on"
    assert [r.url.params["limit"] for r in api.asked("GET", "/api/jobs")] == ["500", "200"]


def test_more_than_is_shown_is_said(api: Api, hawk: Hawk) -> None:
    api.on("GET", "/api/jobs", page([job()], "more"))
    assert "--limit" in hawk("list", "jobs", "--limit", "1").err


def test_an_empty_list_says_what_to_do(api: Api, hawk: Hawk) -> None:
    api.on("GET", "/api/jobs", page([]))
    done = hawk("list", "jobs")
    assert done.out == ""
    assert "on this machine" in done.err
    assert "hawk eval-set" in done.err
    assert hawk("list", "jobs", "--json").json() == {"items": [], "next": None}


def test_filters_reach_the_api(api: Api, hawk: Hawk) -> None:
    api.on("GET", "/api/jobs", page([]))
    hawk("list", "jobs", "--mine", "--since", "2d", "--status", "failed", "--search", "a b", "--limit", "7")
    asked = dict(api.requests[-1].url.params)
    assert asked == {"mine": "true", "since": "2d", "status": "failed", "search": "a b", "limit": "7"}


def test_json_and_lines_of_json_are_one_too_many(api: Api, hawk: Hawk) -> None:
    assert "--jsonl" in hawk("list", "jobs", "--json", "--jsonl", code=2).err


def test_eval_sets(api: Api, hawk: Hawk) -> None:
    one = EvalSet(
        id="set", tasks=("a", "b"), models=("m",), evals=2, status="success", samples=Counts(done=4, total=4)
    )
    api.on("GET", "/api/eval-sets", page([one]))
    assert hawk("list", "eval-sets").out.splitlines()[1].split()[:4] == ["set", "success", "2", "4/4"]
    assert hawk("list", "eval-sets", "--json").json()["items"][0]["tasks"] == ["a", "b"]


def test_evals_show_their_headline_score(api: Api, hawk: Hawk) -> None:
    api.on("GET", "/api/evals", page([an_eval()]))
    head, row = hawk("list", "evals", "simple-abc").out.splitlines()
    assert "SOLVER" not in head
    assert "match/accuracy 0.750" in row
    assert "1,234" in row
    assert api.requests[-1].url.params["eval_set"] == "simple-abc"


def test_evals_without_an_id_are_those_of_the_last_job_and_that_is_said(api: Api, hawk: Hawk) -> None:
    api.on("GET", "/api/evals", page([an_eval()]))
    hawk("list", "evals", "simple-abc")
    done = hawk("list", "evals")
    assert "simple-abc" in done.err
    assert "--all" in done.err
    hawk("list", "evals", "--all")
    assert "eval_set" not in api.requests[-1].url.params
    assert hawk("list", "evals", "simple-abc", "--all", code=2)


def test_samples(api: Api, hawk: Hawk) -> None:
    failed = sample(2, status="error", error="Boom\x1b[31m!\nline", scores={})
    api.on("GET", "/api/samples", page([sample(1), failed]))
    done = hawk("list", "samples", "simple-abc", "--status", "error", "--eval", "eval1")
    assert dict(api.requests[-1].url.params) == {
        "eval_set": "simple-abc",
        "eval": "eval1",
        "status": "error",
        "limit": "50",
    }
    first, second = done.out.splitlines()[1:]
    assert "match=C, judge=0.123" in first
    assert second.endswith("Boom! line")
    assert hawk("list", "samples", "simple-abc", "--json").json()["items"][0]["scores"] == {
        "match": "C",
        "judge": 0.123456,
    }


def test_a_sample_that_a_stop_cancelled_says_so_in_a_word(api: Api, hawk: Hawk) -> None:
    error = 'CancelledError("Cancelled via cancel scope 7f by <Task pending name=1>")'
    api.on("GET", "/api/samples", page([sample(1, status="error", error=error, scores={})]))
    out = hawk("list", "samples", "simple-abc").out
    assert "cancelled" in out
    assert "scope" not in out


def test_what_is_still_being_read_is_said(api: Api, hawk: Hawk) -> None:
    import msgspec

    content = msgspec.json.encode(page([an_eval()]))
    api.on("GET", "/api/evals", httpx.Response(200, headers={"Hawk-Pending-Imports": "3"}, content=content))
    assert "3 logs are still being read" in hawk("list", "evals", "simple-abc").err


@pytest.mark.parametrize("value", ["nan", "inf"])
def test_scores_that_are_no_numbers_are_shown(value: str) -> None:
    from hawk.cli.rendering.values import number

    assert number(float(value)) == value


def facets(**more: list[tuple[str, int, int]]) -> Facets:
    kinds = ("tasks", "models", "solvers", "scorers", "statuses", "limits", "users", "eval_sets")
    return Facets(**{kind: tuple(Facet(*one) for one in more.get(kind, [])) for kind in kinds})


def test_a_name_that_is_not_there_is_answered_with_those_that_are(api: Api, hawk: Hawk) -> None:
    api.on("GET", "/api/samples", page([]), page([]), page([]))
    there = facets(tasks=[("arithmetic", 2, 20)], models=[("openai/gpt-4o", 2, 20), ("mock/m", 1, 5)])
    api.on("GET", "/api/facets", there, there, there)
    samples = ("list", "samples", "simple-abc")
    assert hawk(*samples, "--task", "aritmetic").err == (
        "No such samples of simple-abc. There is no task 'aritmetic'. Did you mean arithmetic?\n"
    )
    assert "Did you mean openai/gpt-4o?" in hawk(*samples, "--model", "gpt-4o").err
    assert "There is no model 'x', but openai/gpt-4o, mock/m." in hawk(*samples, "--model", "x").err
    assert dict(api.asked("GET", "/api/facets")[0].url.params)["eval_set"] == "simple-abc"


def test_filters_and_sorts_are_the_servers_to_apply(api: Api, hawk: Hawk) -> None:
    api.on("GET", "/api/samples", page([sample(1)]))
    given = ("--task", "a", "--ended-by", "token", "--sample", "7", "--score-max", "0.5", "--sort", "-score")
    assert hawk("list", "samples", "--all", *given, "--superseded", "--invalidated").code == 0
    (asked,) = api.asked("GET", "/api/samples")
    assert dict(asked.url.params) == {
        "task": "a",
        "ended_by": "token",
        "sample_id": "7",
        "score_max": "0.5",
        "sort": "-score",
        "superseded": "true",
        "invalidated": "true",
        "limit": "50",
    }
    api.on("GET", "/api/evals", page([an_eval()]))
    assert (
        hawk("list", "evals", "--all", "--tag", "nightly", "--sort", "-cost", "--status", "error").code == 0
    )
    (asked,) = api.asked("GET", "/api/evals")
    assert dict(asked.url.params) == {"tag": "nightly", "sort": "-cost", "status": "error", "limit": "50"}
