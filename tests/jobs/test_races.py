"""Several commands at once, and those that come too late."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import msgspec
import pytest

from hawk.auth.caller import Caller
from hawk.backends.execution.protocol import AttemptEvidence, Launch
from hawk.clock import utc_now
from hawk.errors import Busy, Conflict, Unavailable
from hawk.jobs import entries, reconcile, store
from hawk.jobs.states import TERMINAL
from hawk.jobs.types import JobStatus, Resume, Stop, Submission
from hawk.server.services import close_services, open_services
from hawk.settings import Settings
from tests.jobs.conftest import SPEC, Stage, opened
from tests.results.api import EVERYTHING


def a_submission(key: str = "k", **changes: object) -> Submission:
    return msgspec.structs.replace(Submission(key=key, kind="eval-set", spec=SPEC), **changes)


class Meddler(Stage):
    """A stage on which something else happens while a launch is on its way, or a job is being ended."""

    meanwhile: Callable[[str], Awaitable[object]] | None = None
    while_it_ends: Callable[[str], Awaitable[object]] | None = None
    removed = 0

    async def launch(self, launch: Launch) -> None:
        meddle, self.meanwhile = self.meanwhile, None
        if meddle is not None:
            await meddle(launch.plan.job_id)
        await super().launch(launch)

    async def terminate(self, job_id: str, launch: int) -> None:
        meddle, self.while_it_ends = self.while_it_ends, None
        if meddle is not None:
            await meddle(job_id)
        await super().terminate(job_id, launch)

    async def remove(self, job_id: str, launch: int) -> None:
        self.removed += 1
        await super().remove(job_id, launch)


async def test_equal_submissions_at_once_are_one_job(settings: Settings, stage: Stage) -> None:
    async with opened(settings, stage) as one, opened(settings, stage) as two:
        answers = await asyncio.gather(*(client.submit(a_submission()) for client in (one, two, one, two)))
        assert len({job.id for job in answers}) == 1
        assert len((await one.jobs()).items) == 1
    assert {launch.plan.launch for launch in stage.launched} == {1}
    assert len(list((settings.home / "storage" / "jobs").iterdir())) == 1, "no second job comes of a rebuild"


async def test_equal_resumes_at_once_are_one_launch(settings: Settings, stage: Stage) -> None:
    async with opened(settings, stage) as one, opened(settings, stage) as two:
        job = await one.submit(a_submission())
        for launch in range(2, 5):
            stage.show(job.id, state="failed")
            await one.job(job.id)
            asked = Resume(key=f"again {launch}")
            await asyncio.gather(*(client.resume(job.id, asked) for client in (one, two, one, two)))
            assert max(each.plan.launch for each in stage.launched) == launch


async def test_of_submissions_under_one_id_one_wins(settings: Settings, stage: Stage) -> None:
    async with opened(settings, stage) as one, opened(settings, stage) as two:
        for name in "abc":
            spec = {**SPEC, "eval_set_id": name}
            work = [
                client.submit(a_submission(f"{name}{at}", spec=spec))
                for at, client in enumerate((one, two, one))
            ]
            told = await asyncio.gather(*work, return_exceptions=True)
            assert sorted(type(answer).__name__ for answer in told) == ["Conflict", "Conflict", "JobDetail"]
            assert len([each for each in stage.launched if each.plan.job_id == name]) == 1


async def test_what_several_see_at_once_is_one_change(settings: Settings, stage: Stage) -> None:
    async with opened(settings, stage) as one, opened(settings, stage) as two:
        job = await one.submit(a_submission())
        for state in ("starting", "running", "succeeded"):
            attempt = AttemptEvidence(1, 1, utc_now())
            stage.show(job.id, state=state, attempts=(attempt,))
            shown = await asyncio.gather(*(client.job(job.id) for client in (one, two, one, two)))
            assert {each.status for each in shown} == {JobStatus(state)}
        told = [each.status for each in (await one.job(job.id)).transitions]
        assert told == ["queued", "starting", "running", "succeeded"]


async def test_a_retry_launches_its_own_record_and_not_that_of_a_loser(
    settings: Settings, stage: Stage
) -> None:
    specs = {key: {**SPEC, "name": key} for key in "ab"}
    async with opened(settings, stage) as one, opened(settings, stage) as two:
        job = await one.submit(a_submission())
        stage.show(job.id, state="failed")
        await one.job(job.id)
        stage.fails = True
        requests = {key: Resume(key=key, spec=spec) for key, spec in specs.items()}
        await asyncio.gather(
            one.resume(job.id, requests["a"]), two.resume(job.id, requests["b"]), return_exceptions=True
        )
        stage.fails = False
        shown = (await one.spec(job.id)).spec
        winner = shown["name"]
        assert (await one.job(job.id)).name == winner
        await one.resume(job.id, Resume(key="next"))
        assert stage.launched[-1].plan.spec == shown


async def test_a_key_of_another_jobs_resume_is_refused(settings: Settings, stage: Stage) -> None:
    async with opened(settings, stage) as client:
        jobs = [(await client.submit(a_submission(str(n)))).id for n in range(2)]
        for job_id in jobs:
            stage.show(job_id, state="failed")
        await client.resume(jobs[0], Resume(key="r"))
        with pytest.raises(Conflict, match="another request"):
            await client.resume(jobs[1], Resume(key="r"))


async def test_a_launch_that_arrives_after_its_job_was_given_up_is_ended(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Meddler()
    monkeypatch.setattr(entries, "LAUNCH_LEASE", timedelta(seconds=-1))
    async with opened(settings, stage) as client, opened(settings, stage) as other:
        stage.meanwhile = other.job
        with pytest.raises(Conflict, match="before it was launched"):
            await client.submit(a_submission())
        (job,) = (await client.jobs()).items
        assert job.status == JobStatus.FAILED
        assert stage.seen == {}
        again = await client.submit(a_submission())
        assert (again.status, stage.seen) == (JobStatus.FAILED, {}), "an ended job is not launched by a retry"


async def test_a_refusal_does_not_end_what_a_retry_has_brought_to_its_backend(settings: Settings) -> None:
    class Refusing(Meddler):
        async def launch(self, launch: Launch) -> None:
            refuses = self.meanwhile is not None
            await super().launch(launch)
            if refuses:
                raise Unavailable("The disk is full.", fix="Make room.")

    stage = Refusing()
    async with opened(settings, stage) as client, opened(settings, stage) as other:
        stage.meanwhile = lambda _: other.submit(a_submission())
        with pytest.raises(Unavailable):
            await client.submit(a_submission())
        (job,) = (await client.jobs()).items
        assert job.status not in TERMINAL
        assert (await client.submit(a_submission())).id == job.id


async def test_a_launch_of_which_nobody_knows_is_not_ended_as_failed(settings: Settings) -> None:
    class Silent(Stage):
        answers = False

        async def launch(self, launch: Launch) -> None:
            await super().launch(launch)
            if not self.answers:
                raise Busy("It is on its way.", fix="Try again.")

    stage = Silent()
    async with opened(settings, stage) as client:
        with pytest.raises(Busy):
            await client.submit(a_submission())
        (job,) = (await client.jobs()).items
        assert job.status not in TERMINAL
        stage.answers = True
        assert (await client.submit(a_submission())).id == job.id


async def test_a_launch_of_a_job_that_was_deleted_meanwhile_is_ended_and_removed(settings: Settings) -> None:
    stage = Meddler()
    async with opened(settings, stage) as client, opened(settings, stage) as other:
        stage.meanwhile = other.delete
        with pytest.raises(Conflict, match="deleted"):
            await client.submit(a_submission())
        assert (await client.jobs()).items == ()
        assert (stage.seen, stage.removed) == ({}, 2)
        with pytest.raises(Conflict, match="deleted"):
            await client.submit(a_submission())


async def test_a_stop_before_the_launch_arrived_ends_as_stopped(
    settings: Settings, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(settings, stage) as client:

        async def never(_: Launch) -> None:
            raise asyncio.CancelledError

        monkeypatch.setattr(stage, "launch", never)
        with pytest.raises(asyncio.CancelledError):
            await client.submit(a_submission())
        (job,) = (await client.jobs()).items
        assert (await client.stop(job.id, Stop())).stopping
        assert (await client.job(job.id)).status == JobStatus.QUEUED, "it may still arrive"
        later = utc_now() + 2 * entries.LAUNCH_LEASE
        monkeypatch.setattr(reconcile, "utc_now", lambda: later)
        job = await client.job(job.id)
        assert (job.status, job.stopping) == (JobStatus.STOPPED, False)


async def test_stopping_a_job_that_just_ended_leaves_it_as_it_is(settings: Settings, stage: Stage) -> None:
    async with opened(settings, stage) as client:
        job = await client.submit(a_submission())
        stage.show(job.id, state="succeeded")
        ended = await client.stop(job.id, Stop())
        assert (ended.status, ended.stopping) == (JobStatus.SUCCEEDED, False)


async def test_a_deletion_that_died_before_the_row_went_is_finished(settings: Settings, stage: Stage) -> None:
    async with opened(settings, stage) as client:
        job = await client.submit(a_submission())
        folder = settings.home / "storage" / "jobs" / job.id
        (folder / "2-deleted.json").write_text("{}")
        stage.seen.clear()
        assert (await client.jobs()).items == ()


async def test_a_deletion_that_is_late_leaves_the_job_that_took_the_id_anew(settings: Settings) -> None:
    stage, spec = Meddler(), {**SPEC, "eval_set_id": "again"}
    async with opened(settings, stage) as client, opened(settings, stage) as other:

        async def be_faster(job_id: str) -> None:
            await other.delete(job_id)
            await other.submit(a_submission("second", spec=spec))

        job = await client.submit(a_submission("first", spec=spec))
        stage.while_it_ends = be_faster
        await client.delete(job.id)
        assert [one.id for one in (await client.jobs()).items] == [job.id]
        assert stage.seen[job.id].launch == 2


async def test_a_deletion_waits_for_who_is_writing_of_the_job(settings: Settings) -> None:
    stage, me = Meddler(), Caller(name="me")
    services = await open_services(settings, embedded=False, backends={"local": stage})
    job_id = await services.launcher.submit(a_submission(), me, EVERYTHING)
    ending, go_on = asyncio.Event(), asyncio.Event()

    async def wait(_: str) -> None:
        ending.set()
        await go_on.wait()

    stage.while_it_ends = wait
    deletion = asyncio.create_task(services.jobs.delete(job_id, me))
    await ending.wait()
    async with services.db.write() as conn:
        await store.held(conn, job_id)
        go_on.set()
        await asyncio.sleep(0.3)
        await store.set_launch(conn, job_id, 1, {"launched": True})
    await deletion
    async with services.db.read() as conn:
        assert await store.get(conn, job_id) is None
    await close_services(services)


async def test_a_deletion_ends_a_later_launch_that_a_restored_database_does_not_know(
    settings: Settings,
) -> None:
    stage = Stage()
    async with opened(settings, stage) as client:
        job = await client.submit(a_submission())
        stage.show(job.id, launch=3, state="running")
        await client.delete(job.id)
        assert stage.seen == {}
