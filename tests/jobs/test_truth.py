"""What a job's detail says is so, also where something is missing or can't be read."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import msgspec
import psycopg
import pytest

from hawk.backends.execution.protocol import AttemptEvidence, LogPage
from hawk.clock import utc_now
from hawk.errors import Unavailable, Unsupported
from hawk.jobs.types import JobStatus, Resume, Stop
from hawk.settings import Settings
from hawk.specs.control import IdleSample, Progress, SampleProgress, TaskProgress
from hawk.warehouse import sqlite
from tests.jobs.conftest import SPEC, Stage, opened
from tests.jobs.test_races import a_submission


def progress_of(job_id: str, launch: int = 1, attempt: int = 1, **fields: object) -> Progress:
    task = TaskProgress(task="t", samples=SampleProgress(done=2, total=5, running=3))
    made = Progress(
        job_id=job_id, launch=launch, attempt=attempt, time=utc_now(), phase="running", tasks=(task,)
    )
    return msgspec.structs.replace(made, **fields)


async def test_nothing_runs_in_a_job_that_is_lost(settings: Settings, stage: Stage) -> None:
    async with opened(settings, stage) as client:
        job = await client.submit(a_submission())
        idle = IdleSample(task="t", sample_id="1", epoch=1, seconds=9)
        attempt = AttemptEvidence(1, 1, utc_now(), cause="its supervisor ended before it")
        stage.show(job.id, state="running", attempts=(attempt,), progress=progress_of(job.id, idle=idle))
        running = await client.job(job.id)
        assert (running.phase, running.tasks[0].samples.running) == ("running", 3)
        assert running.idle == idle
        stage.show(job.id, state="lost", reason="Gone.")
        lost = await client.job(job.id)
        assert (lost.phase, lost.tasks[0].samples.running, lost.idle) == (None, 0, None)
        assert (lost.samples.done, lost.attempts[0].cause) == (2, "its supervisor ended before it")


async def test_the_cause_of_an_attempt_without_an_end_is_kept(settings: Settings, stage: Stage) -> None:
    async with opened(settings, stage) as client:
        job = await client.submit(a_submission())
        attempt = AttemptEvidence(1, 1, utc_now())
        stage.show(job.id, state="running", attempts=(attempt,))
        await client.job(job.id)
        gone = msgspec.structs.replace(attempt, cause="it vanished")
        stage.show(job.id, state="lost", attempts=(gone,))
        assert (await client.job(job.id)).attempts[0].cause == "it vanished"


async def test_an_older_attempts_progress_is_not_the_newest_ones_phase(
    settings: Settings, stage: Stage
) -> None:
    async with opened(settings, stage) as client:
        job = await client.submit(a_submission())
        start = utc_now()
        first = AttemptEvidence(1, 1, start, start, -9, "killed")
        second = AttemptEvidence(1, 2, start + timedelta(seconds=5))
        stage.show(job.id, state="starting", attempts=(first, second), progress=progress_of(job.id))
        shown = await client.job(job.id)
        assert (shown.attempt, shown.phase, shown.exit_code) == (2, None, None)
        assert shown.started_at == start
        assert [one.exit_code for one in shown.attempts] == [-9, None]


async def test_a_reason_that_no_longer_holds_goes(settings: Settings, stage: Stage) -> None:
    async with opened(settings, stage) as client:
        job = await client.submit(a_submission())
        stage.show(job.id, state="starting", reason="Crashed; starts again.")
        assert (await client.job(job.id)).reason == "Crashed; starts again."
        stage.show(job.id, reason=None)
        assert "Preparing" in ((await client.job(job.id)).reason or "")


async def test_a_resumed_job_shows_nothing_of_the_launch_before(settings: Settings, stage: Stage) -> None:
    async with opened(settings, stage) as client:
        job = await client.submit(a_submission())
        attempt = AttemptEvidence(1, 1, utc_now(), utc_now(), 1, "exit code 1")
        stage.show(job.id, state="failed", attempts=(attempt,), progress=progress_of(job.id))
        await client.job(job.id)
        shown = await client.resume(job.id, Resume(key="r"))
        times = (shown.started_at, shown.completed_at, shown.exit_code)
        assert (shown.attempt, shown.phase, times, shown.tasks) == (0, None, (None, None, None), ())
        assert len(shown.attempts) == 1


async def test_the_evidence_of_another_launch_settles_a_job_that_it_is_not_of(
    settings: Settings, stage: Stage
) -> None:
    async with opened(settings, stage) as client:
        job = await client.submit(a_submission())
        stage.show(job.id, launch=2, state="running", progress=progress_of(job.id, launch=2))
        shown = await client.job(job.id)
        assert (shown.status, shown.samples.done) == (JobStatus.LOST, 0)
        assert "earlier state" in (shown.reason or "")


async def test_a_job_whose_backend_is_gone_can_be_seen_and_says_what_is_missing(
    settings: Settings, stage: Stage
) -> None:
    async with opened(settings, stage) as client:
        job = await client.submit(a_submission())
    async with opened(settings, stage, name="moon") as client:
        assert (await client.job(job.id)).status == JobStatus.QUEUED
        assert (await client.jobs()).items[0].id == job.id
        assert (await client.spec(job.id)).spec == SPEC
        for call in (client.logs(job.id), client.stop(job.id, Stop()), client.delete(job.id)):
            with pytest.raises(Unsupported, match="not installed"):
                await call
        assert (await client.job(job.id)).id == job.id, "a job that can't be ended is not forgotten"


async def test_one_job_that_cannot_be_observed_hides_no_other(
    settings: Settings, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(settings, stage) as client:
        broken, fine = [(await client.submit(a_submission(key))).id for key in "ab"]
        stage.show(fine, state="running")
        observe = stage.observe

        async def observing(job_id: str) -> object:
            if job_id == broken:
                raise PermissionError(13, "Permission denied")
            return await observe(job_id)

        monkeypatch.setattr(stage, "observe", observing)
        assert {job.id: job.status for job in (await client.jobs()).items} == {
            broken: "queued",
            fine: "running",
        }
        assert (await client.job(broken)).status == JobStatus.QUEUED


async def test_a_failed_job_is_shown_without_its_output_where_that_cannot_be_read(
    settings: Settings, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def logs(*_: object, **__: object) -> LogPage:
        raise Unavailable("The disk has an error.")

    async with opened(settings, stage) as client:
        job = await client.submit(a_submission())
        stage.show(job.id, state="failed", reason="It broke.")
        monkeypatch.setattr(stage, "logs", logs)
        shown = await client.job(job.id)
        assert (shown.reason, shown.tail) == ("It broke.", ())


async def test_a_config_that_this_hawk_does_not_take_is_still_shown(settings: Settings, stage: Stage) -> None:
    async with opened(settings, stage) as client:
        job = await client.submit(a_submission())
        record = settings.home / "storage" / "jobs" / job.id / "1-submitted.json"
        kept = msgspec.json.decode(record.read_bytes())
        record.write_bytes(msgspec.json.encode({**kept, "spec": {"tasks": 3}}))
        shown = await client.spec(job.id)
        assert shown.spec == {"tasks": 3}
        assert shown.warnings[0].path == "tasks"
        record.write_bytes(b"\xff{")
        with pytest.raises(Unavailable, match="can read"):
            await client.spec(job.id)


async def test_what_is_known_is_shown_while_another_process_writes(
    settings: Settings, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "LOCK_PATIENCE", 0.2)
    monkeypatch.setattr("hawk.warehouse.postgresql.engine.LOCK_PATIENCE", 0.2)
    async with opened(settings, stage) as client:
        job = await client.submit(a_submission())
        await client.job(job.id)
        with writing(settings.database_url):
            begun = time.monotonic()
            assert (await client.job(job.id)).status == JobStatus.QUEUED
            assert time.monotonic() - begun < 0.2, "nothing changed, so nothing waits for the lock"
            stage.show(job.id, state="running")
            assert (await client.job(job.id)).status == JobStatus.QUEUED
            assert (await client.jobs()).items[0].status == JobStatus.QUEUED
        assert (await client.job(job.id)).status == JobStatus.RUNNING


@contextmanager
def writing(database_url: str) -> Iterator[None]:
    """Another process is in the middle of writing."""
    if database_url.startswith("sqlite"):
        other = sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
    else:
        other = psycopg.connect(database_url)
        other.execute("LOCK TABLE jobs IN EXCLUSIVE MODE")
    yield
    other.rollback()
    other.close()


async def test_what_was_asked_reaches_the_plan(settings: Settings, stage: Stage) -> None:
    async with opened(settings, stage) as client:
        job = await client.submit(a_submission(priority=7, log_dir_allow_dirty=True, backend="local"))
        plan = stage.launched[0].plan
        assert (plan.priority, plan.log_dir_allow_dirty, plan.errors_only) == (7, True, False)
        stage.show(job.id, state="failed")
        await client.resume(job.id, Resume(key="r", errors_only=True))
        plan = stage.launched[1].plan
        assert (plan.priority, plan.log_dir_allow_dirty, plan.errors_only) == (7, True, True)
        assert (Path(plan.log_dir).name, plan.created_by) == (job.id, job.created_by)


async def test_the_lock_of_another_config_is_not_used_again(settings: Settings, stage: Stage) -> None:
    async with opened(settings, stage) as client:
        job = await client.submit(a_submission())
        stage.show(job.id, state="failed", lock="six==1\n")
        await client.job(job.id)
        await client.resume(job.id, Resume(key="same"))
        assert stage.launched[-1].plan.lock == "six==1\n"
        stage.show(job.id, state="failed", lock=None)
        await client.resume(job.id, Resume(key="other", spec={**SPEC, "name": "other"}))
        assert stage.launched[-1].plan.lock is None
        stage.show(job.id, state="failed", lock=None)
        await client.resume(job.id, Resume(key="again"))
        assert stage.launched[-1].plan.lock is None
