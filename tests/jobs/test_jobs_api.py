"""Submit, stop, resume and delete, as a client sees them."""

from __future__ import annotations

import asyncio
import shutil
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from hawk.backends.execution.protocol import AttemptEvidence
from hawk.clock import utc_now
from hawk.errors import (
    Conflict,
    HawkError,
    InvalidConfig,
    MissingSecrets,
    NotFound,
    Unavailable,
    Unsupported,
    UsageFault,
)
from hawk.jobs import entries, handover
from hawk.jobs.types import JobStatus, Resume, Stop, Submission
from hawk.settings import Settings
from hawk.specs.control import Phase, Progress, SampleProgress, TaskProgress, TokenCounts
from tests.jobs.conftest import SPEC, Stage, opened


def a_submission(key: str = "k", **changes: object) -> Submission:
    return msgspec.structs.replace(Submission(key=key, kind="eval-set", spec=SPEC), **changes)


async def test_a_submission_is_launched_once_however_often_it_is_sent(
    settings: Settings, stage: Stage
) -> None:
    async with opened(settings, stage) as one, opened(settings, stage) as two:
        first = await one.submit(a_submission(secrets={"A": "s3cret"}))
        again = await two.submit(a_submission(secrets={"A": "s3cret"}))
        assert first.id == again.id
        assert len(stage.launched) == 1
        with pytest.raises(Conflict):
            await two.submit(a_submission(spec={**SPEC, "name": "another"}))
        assert (await two.submit(a_submission("other"))).id != first.id


async def test_no_secret_is_kept_on_disk(settings: Settings, stage: Stage) -> None:
    async with opened(settings, stage) as client:
        await client.submit(a_submission(secrets={"A": "s3cret-value"}))
    assert stage.launched[0].secrets == {"A": "s3cret-value"}
    kept = [path for path in settings.home.rglob("*") if path.is_file()]
    assert kept
    assert not [path for path in kept if b"s3cret-value" in path.read_bytes()]


async def test_a_launch_that_fails_is_a_failed_job_with_the_reason(settings: Settings, stage: Stage) -> None:
    stage.fails = True
    async with opened(settings, stage) as client:
        with pytest.raises(Unavailable, match="disk is full"):
            await client.submit(a_submission())
        (job,) = (await client.jobs()).items
        assert (job.status, job.reason) == (JobStatus.FAILED, "The disk is full.")


async def test_a_submission_that_died_before_its_launch_ends_as_failed(
    settings: Settings, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entries, "LAUNCH_LEASE", timedelta(seconds=-1))
    async with opened(settings, stage) as client:
        job = await client.submit(a_submission())
        stage.seen.clear()
        shown = await client.job(job.id)
    assert shown.status == JobStatus.LOST, "its launch was acknowledged, and no trace of it is left"


async def test_a_retry_hands_the_secrets_over_again(
    settings: Settings, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(settings, stage) as client:

        async def die(*_: object) -> None:
            raise asyncio.CancelledError

        monkeypatch.setattr(handover.Handover, "hand_over", die)
        with pytest.raises(asyncio.CancelledError):
            await client.submit(a_submission(secrets={"A": "v"}))
        monkeypatch.undo()
        (job,) = (await client.jobs()).items
        assert job.status == JobStatus.QUEUED
        assert (await client.submit(a_submission(secrets={"A": "v"}))).id == job.id
        assert [launch.secrets for launch in stage.launched] == [{"A": "v"}]


async def test_a_job_follows_the_evidence_to_its_end(settings: Settings, stage: Stage) -> None:
    async with opened(settings, stage) as client:
        job = await client.submit(a_submission())
        start = utc_now()
        progress = Progress(
            job_id=job.id,
            launch=1,
            attempt=1,
            time=start,
            phase="running",
            tasks=(TaskProgress(task="t", samples=SampleProgress(done=2, total=5, errors=1)),),
            tokens=TokenCounts(input=3, output=4, total=7),
        )
        attempt = AttemptEvidence(1, 1, start)
        stage.show(job.id, state="running", attempts=(attempt,), progress=progress)
        shown = await client.job(job.id)
        assert shown.status == JobStatus.RUNNING
        assert (shown.samples.done, shown.samples.total, shown.samples.errors) == (2, 5, 1)
        assert shown.tokens.total == 7
        ended = msgspec.structs.replace(attempt, ended_at=utc_now(), exit_code=1, cause="exit code 1")
        stage.show(job.id, state="failed", reason="1 of 1 evals ended in error.", attempts=(ended,))
        shown = await client.job(job.id)
        assert shown.status == JobStatus.FAILED
        assert shown.exit_code == 1
        assert shown.completed_at is not None
        assert [change.status for change in shown.transitions] == ["queued", "running", "failed"]
        stage.show(job.id, state="running")
        assert (await client.job(job.id)).status == JobStatus.FAILED, "nothing leads out of an end"


async def test_a_stop_is_recorded_and_delivered_again_until_it_is_seen(
    settings: Settings, stage: Stage
) -> None:
    async with opened(settings, stage) as client:
        job = await client.submit(a_submission())
        asked = await client.stop(job.id, Stop())
        assert asked.stopping
        assert stage.desired[job.id].state == "stop"
        stage.desired.clear()
        await client.job(job.id)
        assert stage.desired[job.id].state == "stop"
        stage.show(job.id, state="stopped", reason="Stopped.")
        ended = await client.job(job.id)
        assert (ended.status, ended.stopping) == (JobStatus.STOPPED, False)
        assert (await client.stop(job.id, Stop())).status == JobStatus.STOPPED


@pytest.mark.parametrize(
    ("phase", "reason"),
    [
        (None, " before it started."),
        ("installing", " while its packages were being installed."),
        ("loading", " while its tasks were being loaded."),
        ("running", "; 4 of 20 samples were done."),
        ("finishing", "; 4 of 20 samples were done."),
    ],
)
async def test_a_stop_says_who_asked_and_how_far_it_was(
    settings: Settings, stage: Stage, phase: Phase | None, reason: str
) -> None:
    async with opened(settings, stage) as client:
        job = await client.submit(a_submission())
        await client.stop(job.id, Stop())
        seen: dict[str, object] = {"state": "stopped", "reason": "stopped: it did not end within 2 s"}
        if phase is not None:
            task = TaskProgress("task", samples=SampleProgress(done=4, total=20))
            seen["progress"] = Progress(job.id, 1, 1, utc_now(), phase, tasks=(task,))
            seen["attempts"] = (AttemptEvidence(1, 1, utc_now(), utc_now(), -15),)
        stage.show(job.id, **seen)
        shown = await client.job(job.id)
        said = f"Stopped by {job.created_by}{reason}"
        assert (shown.status, shown.reason) == (JobStatus.STOPPED, said)
        assert shown.transitions[-1].reason == said


async def test_the_stop_of_a_sample_leaves_the_job_running(settings: Settings, stage: Stage) -> None:
    async with opened(settings, stage) as client:
        job = await client.submit(a_submission())
        asked = await client.stop(job.id, Stop(sample="abc", action="error"))
        assert not asked.stopping
        desired = stage.desired[job.id]
        assert desired.state == "run"
        assert [(one.uuid, one.action) for one in desired.samples] == [("abc", "error")]


async def test_resume_launches_an_ended_job_again_with_its_saved_config(
    settings: Settings, stage: Stage
) -> None:
    async with opened(settings, stage) as client:
        job = await client.submit(a_submission())
        with pytest.raises(Conflict, match="hawk stop"):
            await client.resume(job.id, Resume(key="r"))
        stage.show(job.id, state="failed")
        resumed = await client.resume(job.id, Resume(key="r", secrets={"A": "v"}))
        assert (resumed.status, resumed.launch) == (JobStatus.QUEUED, 2)
        assert (await client.resume(job.id, Resume(key="r", secrets={"A": "v"}))).launch == 2
        assert [launch.plan.launch for launch in stage.launched] == [1, 2]
        assert stage.launched[1].plan.spec == SPEC
        with pytest.raises(NotFound):
            await client.resume("unknown", Resume(key="x"))


async def test_two_resumes_at_once_are_one_launch(settings: Settings, stage: Stage) -> None:
    async with opened(settings, stage) as one, opened(settings, stage) as two:
        job = await one.submit(a_submission())
        stage.show(job.id, state="lost")
        await one.job(job.id)
        answers = await asyncio.gather(
            one.resume(job.id, Resume(key="a")), two.resume(job.id, Resume(key="b")), return_exceptions=True
        )
        assert sorted(type(answer).__name__ for answer in answers) == ["Conflict", "JobDetail"]
        assert [launch.plan.launch for launch in stage.launched] == [1, 2]


async def test_the_same_eval_set_id_resumes_its_own_and_refuses_what_runs(
    settings: Settings, stage: Stage
) -> None:
    chosen = {**SPEC, "eval_set_id": "mine"}
    async with opened(settings, stage) as client:
        await client.submit(a_submission("1", spec=chosen))
        with pytest.raises(Conflict, match="queued"):
            await client.submit(a_submission("2", spec=chosen))
        stage.show("mine", state="succeeded")
        again = await client.submit(a_submission("3", spec=chosen))
        assert (again.id, again.launch) == ("mine", 2)
        await client.delete("mine")
        assert (await client.submit(a_submission("4", spec=chosen))).launch == 3


async def test_unrelated_logs_in_the_folder_are_refused(settings: Settings, stage: Stage) -> None:
    folder = settings.home / "storage" / "evals" / "taken"
    folder.mkdir(parents=True)
    (folder / "other.eval").write_bytes(b"not ours")
    chosen = a_submission(spec={**SPEC, "eval_set_id": "taken"})
    async with opened(settings, stage) as client:
        with pytest.raises(Conflict, match="log-dir-allow-dirty"):
            await client.submit(chosen)
        dirty = await client.submit(msgspec.structs.replace(chosen, log_dir_allow_dirty=True))
        assert dirty.id == "taken"


async def test_what_cannot_be_done_is_refused_before_anything_is_kept(
    settings: Settings, stage: Stage
) -> None:
    secret = {**SPEC, "runner": {"secrets": [{"name": "TOKEN"}]}}
    async with opened(settings, stage) as client:
        with pytest.raises(InvalidConfig):
            await client.submit(a_submission(spec={"tasks": 3}))
        with pytest.raises(MissingSecrets, match="--secret TOKEN"):
            await client.submit(a_submission(spec=secret))
        with pytest.raises(Unsupported, match="image"):
            await client.submit(a_submission(image_tag="x"))
        with pytest.raises(Unsupported, match="no backend"):
            await client.submit(a_submission(backend="moon"))
        assert (await client.jobs()).items == ()
    assert not (settings.home / "storage" / "jobs").exists()


async def test_deleting_keeps_logs_and_records(settings: Settings, stage: Stage) -> None:
    async with opened(settings, stage) as client:
        job = await client.submit(a_submission())
        log = Path(job.log_dir) / "one.eval"
        log.parent.mkdir(parents=True)
        log.write_bytes(b"kept")
        await client.delete(job.id)
        assert stage.seen == {}
        assert log.exists()
        with pytest.raises(NotFound):
            await client.job(job.id)
    records = sorted(path.name for path in (settings.home / "storage" / "jobs" / job.id).iterdir())
    assert records == ["1-submitted.json", "2-deleted.json", "spec.yaml"]


async def test_lists_page_without_a_gap_or_a_repeat(settings: Settings, stage: Stage) -> None:
    async with opened(settings, stage) as client:
        made = [(await client.submit(a_submission(str(n)))).id for n in range(7)]
        seen, cursor = [], None
        while True:
            page = await client.jobs(limit=3, cursor=cursor)
            seen += [job.id for job in page.items]
            if (cursor := page.next) is None:
                break
        assert seen == made[::-1]
        assert [job.id for job in (await client.jobs(search=made[2])).items] == [made[2]]
        assert (await client.jobs(since="2000-01-01", status="queued", mine=True)).items
        assert (await client.jobs(search="100%")).items == ()
        for wrong in ({"cursor": "x!"}, {"since": "soon"}):
            with pytest.raises(UsageFault):
                await client.jobs(**wrong)


@pytest.mark.parametrize("job_id", ["../../etc", "A", "a" * 64, "x%00y", "%2e%2e"])
async def test_ids_that_cannot_be_are_refused_without_a_fault(
    settings: Settings, stage: Stage, job_id: str
) -> None:
    async with opened(settings, stage) as client:
        with pytest.raises(HawkError) as caught:
            await client.job(job_id)
        assert caught.value.status < 500


async def test_a_damaged_upload_is_refused(settings: Settings, stage: Stage, tmp_path: Path) -> None:
    wheel = tmp_path / "x-1-py3-none-any.whl"
    wheel.write_bytes(b"content")
    async with opened(settings, stage) as client:
        with pytest.raises(InvalidConfig, match="damaged"):
            await client.upload_package("0" * 64, wheel)


async def test_a_copy_of_hawk_that_was_cleaned_away_is_made_again(settings: Settings, stage: Stage) -> None:
    async with opened(settings, stage) as client:
        for key in ("one", "two"):
            await client.submit(a_submission(key))
            assert Path(stage.launched[-1].plan.hawk_wheel).exists()
            shutil.rmtree(settings.home / "wheels")
