"""status, wait, stop, logs, delete, spec and resume, against an API that answers as a job's life would."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from hawk.backends.execution.protocol import Capabilities, LogLine
from hawk.errors import FieldProblem
from hawk.jobs.types import Attempt, BackendInfo, Counts, JobSpec, JobStatus, Logs, Transition
from hawk.specs.control import IdleSample, ModelProgress, SampleProgress, TaskProgress
from tests.cli.conftest import NOON, Api, Hawk, job, page, problem, server_info

DONE = job(status=JobStatus.SUCCEEDED, reason="All evals succeeded.", exit_code=0)
FAILED = job(status=JobStatus.FAILED, reason="Half of it failed.", exit_code=1, tail=("last words",))
NEVER = job(status=JobStatus.FAILED, reason="No such task.", exit_code=78)
STOPPED = job(status=JobStatus.STOPPED, reason="Stopped by ann; 3 of 10 samples were done.", exit_code=1)


def line(number: int, text: str | None = None) -> LogLine:
    return LogLine(NOON + timedelta(seconds=number), 1, f"line {number}" if text is None else text)


def test_status_explains_the_state(api: Api, hawk: Hawk) -> None:
    api.job(
        job(
            reason="Running.",
            phase="running",
            transitions=(Transition(time=NOON, status=JobStatus.RUNNING, reason="Running."),),
            attempt=2,
            attempts=(
                Attempt(
                    launch=1,
                    attempt=1,
                    started_at=NOON,
                    ended_at=NOON + timedelta(seconds=61),
                    exit_code=-9,
                    cause="killed by SIGKILL",
                ),
                Attempt(launch=1, attempt=2, started_at=NOON),
            ),
            tasks=(TaskProgress("arithmetic", "gpt", samples=SampleProgress(3, 10, 4, 1), status="running"),),
            models=(
                ModelProgress("gpt", calls=9, retries=3, rate_limited=2, waited=12.0),
                ModelProgress("quiet"),
            ),
            idle=IdleSample("arithmetic", "s1", 1, 400.0, uuid="u1"),
        )
    )
    done = hawk("status", "simple-abc")
    assert "running since 2026-11-24 12:00:00Z" in done.out
    assert "Running." in done.out
    assert "killed by SIGKILL" in done.out
    assert "1m 01s" in done.out
    assert "gpt: 3 retries, 2 rate limited, waited 12s" in done.out
    assert "quiet" not in done.out
    assert "nothing for 6m 40s" in done.out
    assert "hawk stop simple-abc --sample u1" in done.out
    assert done.err.strip() == "Next: hawk watch simple-abc"


def test_status_of_a_failed_job_has_its_last_lines(api: Api, hawk: Hawk) -> None:
    api.job(FAILED)
    done = hawk("status", "simple-abc")
    assert "Half of it failed." in done.out
    assert "  last words" in done.out
    assert "hawk resume simple-abc" in done.err


def test_status_as_json_is_the_jobs_object(api: Api, hawk: Hawk) -> None:
    api.job(FAILED)
    shown = hawk("status", "simple-abc", "--json").json()
    assert shown["status"] == "failed"
    assert shown["tail"] == ["last words"]


def test_what_a_job_says_can_not_drive_the_terminal(api: Api, hawk: Hawk) -> None:
    evil = "\x1b]0;owned\x07\x1b[2Jhi\x9b31m"
    api.job(job(status=JobStatus.FAILED, reason=evil, tail=(evil,), created_by=evil))
    api.on("GET", "/api/jobs/simple-abc/logs", Logs((line(1, evil),), 1, complete=True))
    for args in (["status"], ["logs"], ["wait"], ["status", "--json"], ["logs", "--json"]):
        done = hawk(args[0], "simple-abc", *args[1:], code=None)
        assert not {"\x1b", "\x9b", "\x07"} & {*done.out, *done.err}
        assert "hi" in done.out + done.err


@pytest.mark.parametrize(("end", "code"), [(DONE, 0), (FAILED, 1), (NEVER, 2), (STOPPED, 1)])
def test_wait_exits_as_the_job_did(api: Api, hawk: Hawk, end: Any, code: int) -> None:
    api.job(job(), job(), end)
    done = hawk("wait", "simple-abc", code=code)
    assert f"simple-abc {end.status}" in done.err
    assert len(api.asked("GET", "/api/jobs/simple-abc")) == 3


def test_wait_has_a_limit(api: Api, hawk: Hawk) -> None:
    api.job(job())
    done = hawk("wait", "simple-abc", "--timeout", "0.05", code=1)
    assert "has not ended within 0.05 seconds" in done.err


def test_wait_survives_a_restart_of_the_server(api: Api, hawk: Hawk) -> None:
    api.job(job(), DONE)
    states = api.answers["GET", "/api/jobs/simple-abc"]
    states[1:1] = [problem("Unavailable", 503, "Away."), problem("Unavailable", 503, "Away.")]
    done = hawk("wait", "simple-abc")
    assert done.err.count("Away.") == 1


def test_stop_waits_for_the_end(api: Api, hawk: Hawk) -> None:
    api.job(job(), job(stopping=True), STOPPED)
    api.on("POST", "/api/jobs/simple-abc/stop", job(stopping=True))
    done = hawk("stop", "simple-abc", "--now")
    assert api.body("POST", "/api/jobs/simple-abc/stop")["now"] is True
    assert "on this machine" in done.err
    assert "simple-abc stopped by ann; 3 of 10 samples were done." in done.err
    assert "hawk resume simple-abc" in done.err


def test_stop_ends_with_1_where_the_end_does_not_come(api: Api, hawk: Hawk) -> None:
    api.job(job())
    api.on("POST", "/api/jobs/simple-abc/stop", job(stopping=True))
    assert "--now" in hawk("stop", "simple-abc", "--timeout", "0.05", code=1).err
    hawk("stop", "simple-abc", "--no-wait")


def test_stop_of_a_sample_does_not_wait_for_the_job(api: Api, hawk: Hawk) -> None:
    api.job(job())
    api.on("POST", "/api/jobs/simple-abc/stop", job())
    hawk("stop", "simple-abc", "--sample", "u1")
    assert api.body("POST", "/api/jobs/simple-abc/stop")["sample"] == "u1"


def test_stop_of_an_ended_job_is_no_fault(api: Api, hawk: Hawk) -> None:
    api.job(DONE)
    assert "had ended already" in hawk("stop", "simple-abc").err
    assert not api.asked("POST", "/api/jobs/simple-abc/stop")


def test_logs_are_the_last_lines_with_their_times(api: Api, hawk: Hawk) -> None:
    api.on("GET", "/api/jobs/simple-abc/logs", Logs((line(1), line(2)), 20, complete=False))
    done = hawk("logs", "simple-abc", "-n", "2")
    assert done.out == "[2026-11-24 12:00:01Z] line 1\n[2026-11-24 12:00:02Z] line 2\n"
    assert api.requests[-1].url.params["last"] == "2"


def test_logs_follow_until_the_job_ends(api: Api, hawk: Hawk) -> None:
    api.on(
        "GET",
        "/api/jobs/simple-abc/logs",
        Logs((line(1),), 10, complete=False),
        Logs((), 10, complete=False),
        problem("Unavailable", 503, "Away."),
        Logs((line(2),), 20, complete=False),
        Logs((), 20, complete=True),
    )
    done = hawk("logs", "-f", "simple-abc")
    assert [text[-6:] for text in done.out.splitlines()] == ["line 1", "line 2"]
    asked = [dict(r.url.params) for r in api.asked("GET", "/api/jobs/simple-abc/logs")]
    assert asked == [{"last": "100"}, *[{"after": "10"}] * 3, {"after": "20"}]


def test_more_lines_than_the_api_gives_at_once_are_counted_off_from_the_start(api: Api, hawk: Hawk) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        import msgspec

        after = int(request.url.params["after"])
        lines = tuple(line(n) for n in range(after, min(after + 1000, 2500)))
        return httpx.Response(
            200, content=msgspec.json.encode(Logs(lines, after + len(lines), complete=False))
        )

    api.on("GET", "/api/jobs/simple-abc/logs", answer)
    lines = hawk("logs", "simple-abc", "-n", "1200").out.splitlines()
    assert (len(lines), lines[0][-9:], lines[-1][-9:]) == (1200, "line 1300", "line 2499")


def test_delete_asks_only_for_a_running_job_and_refuses_off_a_terminal(api: Api, hawk: Hawk) -> None:
    api.job(job())
    api.on("DELETE", "/api/jobs/simple-abc", httpx.Response(204))
    refused = hawk("delete", "simple-abc", code=2)
    assert "hawk delete simple-abc --yes" in refused.err
    assert not api.asked("DELETE", "/api/jobs/simple-abc")
    hawk("delete", "simple-abc", "--yes")
    api.job(DONE)
    done = hawk("delete", "simple-abc")
    assert len(api.asked("DELETE", "/api/jobs/simple-abc")) == 2
    assert "on this machine" in done.err


def test_spec_is_a_config_again(api: Api, hawk: Hawk) -> None:
    import yaml

    config = {"name": "yes", "tasks": [{"package": "p", "name": "ü", "items": [{"name": "t"}]}]}
    saved = JobSpec(id="simple-abc", kind="eval-set", spec=config, warnings=(FieldProblem("x", "is odd"),))
    api.on("GET", "/api/jobs/simple-abc/spec", saved)
    done = hawk("spec", "simple-abc")
    assert yaml.safe_load(done.out) == config
    assert "x: is odd" in done.err
    assert hawk("spec", "simple-abc", "--json").json()["spec"] == config


def test_watch_without_a_terminal_prints_lines_and_exits_as_the_job_did(api: Api, hawk: Hawk) -> None:
    starting = job(status=JobStatus.STARTING, reason="Preparing.", samples=Counts())
    api.job(starting, starting, job(), FAILED)
    api.on("GET", "/api/evals", page([]))
    done = hawk("watch", "simple-abc", code=1)
    assert done.err.splitlines()[:2] == ["starting: Preparing.", "running: 3/10 samples"]
    assert "simple-abc failed: Half of it failed." in done.out


def test_resume_needs_the_secrets_again(api: Api, hawk: Hawk, monkeypatch: pytest.MonkeyPatch) -> None:
    config = {
        "tasks": [{"package": "p", "name": "p", "items": [{"name": "t"}]}],
        "runner": {"secrets": [{"name": "KEY"}]},
    }
    api.job(DONE)
    api.on("GET", "/api/jobs/simple-abc/spec", JobSpec(id="simple-abc", kind="eval-set", spec=config))
    api.on("POST", "/api/jobs/simple-abc/resume", job(launch=2))
    missing = hawk("resume", "simple-abc", "--detach", code=2)
    assert "KEY" in missing.err
    assert "--secret KEY" in missing.err
    monkeypatch.setenv("KEY", "value")
    done = hawk("resume", "simple-abc", "--detach", "--secret", "KEY", "--errors-only")
    body = api.body("POST", "/api/jobs/simple-abc/resume")
    assert body["secrets"] == {"KEY": "value"}
    assert body["errors_only"] is True
    assert body["spec"] is None
    assert "Resumed simple-abc on this machine." in done.err


def test_a_change_of_the_config_needs_the_config(api: Api, hawk: Hawk) -> None:
    api.job(DONE)
    assert "--config" in hawk("resume", "simple-abc", "--set", "limit=1", code=2).err


def test_a_backend_that_is_not_there_any_more_is_named(api: Api, hawk: Hawk) -> None:
    config = {"tasks": [{"package": "p", "name": "p", "items": [{"name": "t"}]}]}
    api.job(DONE)
    api.on("GET", "/api/server", server_info(backends=(BackendInfo("docker", Capabilities()),)))
    api.on("GET", "/api/jobs/simple-abc/spec", JobSpec(id="simple-abc", kind="eval-set", spec=config))
    assert "docker" in hawk("resume", "simple-abc", code=2).err
