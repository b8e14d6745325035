"""The control channel over HTTP, as a runner and a user see it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from hawk.clock import utc_now
from hawk.errors import Forbidden, HawkError
from hawk.jobs import heard
from hawk.jobs.types import JobStatus, Stop
from hawk.settings import Settings
from tests.jobs.heartbeats.conftest import FarStage, serving


async def test_progress_is_shown_and_a_running_job_is_running_at_once(
    settings: Settings, stage: FarStage
) -> None:
    async with serving(settings, stage) as server:
        runner = await server.submit(stage)
        assert stage.launched[0].plan.channel is not None
        runner = await runner.begin(server)
        await runner.beat(server, runner.progress(1))
        shown = await server.client.job(runner.job_id)
        assert (shown.status, shown.phase, shown.samples.done) == (JobStatus.RUNNING, "running", 1)
        await runner.beat(server, runner.progress(4))
        await server.services.heartbeats.flush()
        shown = await server.client.job(runner.job_id)
        assert (shown.samples.done, shown.samples.total) == (4, 10)
        assert shown.heartbeat_at is not None
        assert [one.status for one in shown.transitions] == [JobStatus.QUEUED, JobStatus.RUNNING]


async def test_what_the_backend_sees_later_takes_nothing_back(settings: Settings, stage: FarStage) -> None:
    async with serving(settings, stage) as server:
        runner = await (await server.submit(stage)).begin(server)
        await runner.beat(server, runner.progress(3))
        stage.run(runner.job_id)
        await server.services.reconciler.settle(runner.job_id)
        shown = await server.client.job(runner.job_id)
        assert (shown.status, shown.phase, shown.samples.done) == (JobStatus.RUNNING, "running", 3)
        stage.run(runner.job_id, attempt=2)
        await server.services.reconciler.settle(runner.job_id)
        shown = await server.client.job(runner.job_id)
        assert (shown.status, shown.phase, shown.attempt) == (JobStatus.STARTING, None, 2)


async def test_a_heartbeat_that_is_overtaken_or_said_again_changes_nothing(
    settings: Settings, stage: FarStage
) -> None:
    async with serving(settings, stage) as one, serving(settings, stage) as two:
        runner = await (await one.submit(stage)).begin(one)
        await runner.beat(one, runner.progress(5), seq=50)
        await runner.beat(two, runner.progress(2), seq=20)
        await runner.beat(one, runner.progress(5), seq=50)
        await one.services.heartbeats.flush()
        await two.services.heartbeats.flush()
        assert (await one.client.job(runner.job_id)).samples.done == 5
        await runner.beat(two, runner.progress(6), seq=60)
        await two.services.heartbeats.flush()
        assert (await one.client.job(runner.job_id)).samples.done == 6


async def test_a_stop_reaches_the_runner_by_any_server(settings: Settings, stage: FarStage) -> None:
    async with serving(settings, stage) as one, serving(settings, stage) as two:
        runner = await (await one.submit(stage)).begin(one)
        assert (await runner.beat(two, runner.progress(1))).desired.state == "run"
        await one.client.stop(runner.job_id, Stop(action="score"))
        await two.services.heartbeats._look()
        desired = (await runner.beat(two, runner.progress(2))).desired
        assert (desired.state, desired.score, desired.launch) == ("stop", True, runner.launch)


async def test_an_attempt_ends_when_a_newer_one_begins(settings: Settings, stage: FarStage) -> None:
    async with serving(settings, stage) as server:
        launched = await server.submit(stage)
        first = await launched.begin(server)
        await first.beat(server, first.progress(7))
        second = await launched.next(2).begin(server)
        assert (await first.beat(server, first.progress(9))).ended
        assert (await launched.beat(server, first.progress(9))).ended, "nor can it begin again"
        assert (await first.plan(server)).status_code == 403
        assert not (await second.beat(server, second.progress(8))).ended
        assert (await second.plan(server)).status_code == 200
        await server.services.heartbeats.flush()
        assert (await server.client.job(first.job_id)).samples.done == 8


async def test_the_plan_is_the_launchs_without_secrets(settings: Settings, stage: FarStage) -> None:
    async with serving(settings, stage) as server:
        runner = await (await server.submit(stage)).begin(server)
        answer = await runner.plan(server)
        assert answer.json()["job_id"] == runner.job_id
        assert answer.json()["channel"] == {"type": "http", "url": "http://127.0.0.1:8080"}
        assert "s3cret" not in answer.text


@pytest.mark.parametrize("state", ["succeeded", "failed", "stopped", "lost"])
async def test_the_token_of_a_job_at_an_end_is_dead(settings: Settings, stage: FarStage, state: str) -> None:
    async with serving(settings, stage) as server:
        launched = await server.submit(stage)
        runner = await launched.begin(server)
        stage.run(runner.job_id)
        stage.show(runner.job_id, state=state)
        await server.services.reconciler.settle(runner.job_id)
        await server.services.heartbeats._look()
        for one in (runner, launched):
            reply = await one.beat(server, one.progress(9))
            assert (reply.ended, reply.token) == (True, None)
            assert (await one.plan(server)).status_code == 403
        await server.services.heartbeats.flush()
        assert (await server.client.job(runner.job_id)).samples.done == 0


async def test_a_deleted_job_ends_and_one_that_the_database_lost_goes_on(
    settings: Settings, stage: FarStage
) -> None:
    async with serving(settings, stage) as server:
        gone, lost = await server.submit(stage, "gone"), await server.submit(stage, "lost")
        gone, lost = await gone.begin(server), await lost.begin(server)
        await server.client.delete(gone.job_id)
        async with server.services.db.write() as conn:
            from hawk.jobs import store

            await store.forget(conn, lost.job_id)
        await server.services.heartbeats._look()
        assert (await gone.beat(server)).ended
        assert not (await lost.beat(server, lost.progress(1))).ended
        await server.services.heartbeats.flush()


async def test_the_runners_word_on_its_end_is_written_at_once(settings: Settings, stage: FarStage) -> None:
    async with serving(settings, stage) as server:
        runner = await (await server.submit(stage)).begin(server)
        await runner.beat(server, runner.progress(1))
        stage.run(runner.job_id)
        outcome = runner.outcome(1, "1 of 2 evals ended in error")
        await runner.beat(server, runner.progress(9, "finishing"), outcome=outcome)
        await runner.beat(server, runner.progress(9, "finishing"))
        stage.show(runner.job_id, state="failed")
    async with serving(settings, stage) as server:  # another process: nothing of memory is needed
        await server.services.reconciler.settle(runner.job_id)
        shown = await server.client.job(runner.job_id)
        assert (shown.status, shown.reason) == (JobStatus.FAILED, "1 of 2 evals ended in error")
        assert shown.samples.done == 9


async def test_a_runner_that_was_stopped_says_so(settings: Settings, stage: FarStage) -> None:
    async with serving(settings, stage) as server:
        runner = await (await server.submit(stage)).begin(server)
        stage.run(runner.job_id)
        await server.client.stop(runner.job_id, Stop())
        await runner.beat(server, runner.progress(4), outcome=runner.outcome(1, "stopped", stopped=True))
        stage.show(runner.job_id, state="failed")
        await server.services.reconciler.settle(runner.job_id)
        shown = await server.client.job(runner.job_id)
        assert shown.status == JobStatus.STOPPED
        assert shown.reason is not None
        assert "4 of 10 samples were done" in shown.reason


async def test_a_killed_server_loses_progress_of_seconds_and_no_state(
    settings: Settings, stage: FarStage
) -> None:
    async with serving(settings, stage) as server:
        runner = await (await server.submit(stage)).begin(server)
        await runner.beat(server, runner.progress(1))
        await runner.beat(server, runner.progress(2))
        server.services.heartbeats._waiting.clear()  # as a kill does
    async with serving(settings, stage) as server:
        shown = await server.client.job(runner.job_id)
        assert (shown.status, shown.samples.done) == (JobStatus.RUNNING, 1)
        await runner.beat(server, runner.progress(3))
        await server.services.heartbeats.flush()
        assert (await server.client.job(runner.job_id)).samples.done == 3


async def test_silence_makes_a_job_unresponsive_and_never_lost(
    settings: Settings, stage: FarStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(settings, stage) as server:
        runner = await (await server.submit(stage)).begin(server)
        stage.run(runner.job_id)
        await runner.beat(server, runner.progress(1))
        assert (await server.client.job(runner.job_id)).silent_seconds is None
        monkeypatch.setattr("hawk.jobs.views.utc_now", lambda: utc_now() + timedelta(seconds=90))
        await server.services.reconciler.settle(runner.job_id)
        shown = await server.client.job(runner.job_id)
        assert shown.status == JobStatus.RUNNING
        assert shown.silent_seconds is not None
        assert shown.silent_seconds > 2 * heard.SILENCE
        stage.show(runner.job_id, state="succeeded")
        await server.services.reconciler.settle(runner.job_id)
        assert (await server.client.job(runner.job_id)).silent_seconds is None


async def test_a_jobs_own_logs_are_not_its_runners_to_read(settings: Settings, stage: FarStage) -> None:
    async with serving(settings, stage) as server:
        runner = await (await server.submit(stage)).begin(server)
        server.http.headers["Authorization"] = f"Bearer {runner.token}"
        for call in (
            server.client.jobs(),
            server.client.job(runner.job_id),
            server.client.delete(runner.job_id),
        ):
            with pytest.raises(HawkError) as refused:
                await call
            assert refused.value.status == Forbidden.status


async def test_many_attempts_that_begin_at_once_are_written_together(
    settings: Settings, stage: FarStage
) -> None:
    async with serving(settings, stage) as server:
        launched = [await server.submit(stage, f"k{number}") for number in range(3)]
        beats = [one.beat(server, one.progress(number)) for number, one in enumerate(launched)]
        others = [one.next(2).begin(server) for one in launched]
        await asyncio.gather(*beats, *others)
        for one in launched:
            assert (await one.beat(server)).ended, "its second attempt has begun"
            assert (await server.client.job(one.job_id)).heartbeat_at is not None
