"""Real runners that speak to a server over HTTP, and share nothing else with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import httpx
import msgspec
import pytest
import uvicorn

from hawk.client.client import HawkClient
from hawk.jobs.types import JobDetail, JobStatus, Stop, Submission
from hawk.server.app import _app
from hawk.server.services import close_services, open_services
from hawk.settings import ServeSettings, Settings, load_settings
from hawk.specs.plan import JOB_TOKEN
from tests.jobs.conftest import SPEC
from tests.jobs.heartbeats.conftest import FarStage
from tests.runner.conftest import CAREFUL, DEADLINE, Launch, Running, Spec, examples
from tests.servers.hawk import free_port


def slow(samples: int, seconds: float, **options: object) -> Spec:
    tasks = examples({"name": "slow", "args": {"samples": samples, "seconds": seconds}})
    return {"tasks": tasks, "models": CAREFUL, **options}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    places = {"HAWK_HOME": str(tmp_path / "home"), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    return msgspec.structs.replace(load_settings(places), serve=ServeSettings(port=free_port()))


@pytest.fixture
def stage() -> FarStage:
    return FarStage()


@asynccontextmanager
async def listening(settings: Settings, stage: FarStage) -> AsyncIterator[HawkClient]:
    """A server at the port of the settings, and a client of it."""
    services = await open_services(settings, embedded=False, backends={"local": stage})
    port = settings.serve.port
    server = uvicorn.Server(
        uvicorn.Config(cast("Any", _app(services)), host="127.0.0.1", port=port, log_config=None)
    )
    serving = asyncio.create_task(server.serve())
    try:
        while not server.started:  # noqa: ASYNC110 - it has no event for that
            await asyncio.sleep(0.01)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=DEADLINE) as http:
            yield HawkClient(http)
    finally:
        server.should_exit = True
        await serving
        await close_services(services)


async def submitted(client: HawkClient) -> JobDetail:
    return await client.submit(Submission(key="k", kind="eval-set", spec=SPEC))


def started(launch: Launch, stage: FarStage, spec: Spec, attempt: int = 1) -> Running:
    """The runner of what was submitted last, with a config of the test's."""
    handed = stage.launched[-1]
    launch.plan(spec, job_id=handed.plan.job_id, launch=handed.plan.launch, channel=handed.plan.channel)
    stage.run(handed.plan.job_id, attempt)
    return launch.start(attempt, secrets=dict(handed.secrets))


async def until(client: HawkClient, job_id: str, condition: Callable[[JobDetail], bool]) -> JobDetail:
    async with asyncio.timeout(DEADLINE):
        while not condition(job := await client.job(job_id)):  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.1)
    return job


async def test_a_run_is_followed_from_its_begin_to_its_end(
    settings: Settings, stage: FarStage, launch: Launch
) -> None:
    async with listening(settings, stage) as client:
        job = await submitted(client)
        token = stage.launched[0].secrets[JOB_TOKEN]
        going = started(launch, stage, slow(6, 1, max_samples=2))
        shown = await until(
            client, job.id, lambda job: job.samples.done >= 2 and job.status == JobStatus.RUNNING
        )
        assert (shown.samples.total, len(shown.tasks)) == (6, 1)
        ended = await asyncio.to_thread(going.wait)
        assert ended.code == 0, ended.output
        await until(client, job.id, lambda job: job.samples.done == 6 and job.phase == "finishing")
    assert token not in ended.output
    assert token.encode() not in launch.text_of_everything()


async def test_a_stop_scores_what_is_under_way(settings: Settings, stage: FarStage, launch: Launch) -> None:
    async with listening(settings, stage) as client:
        job = await submitted(client)
        going = started(launch, stage, slow(6, 60, max_samples=2))
        await until(client, job.id, lambda job: bool(job.tasks and job.tasks[0].samples.running == 2))
        await client.stop(job.id, Stop())
        ended = await asyncio.to_thread(going.wait)
        assert ended.code == 1, ended.output
        assert not (launch.folder / "desired.json").exists()
        stage.show(job.id, state="failed")
        stopped = await client.stop(job.id, Stop())
        assert stopped.status == JobStatus.STOPPED
        assert stopped.reason is not None
        assert "samples were done" in stopped.reason
    (log,) = launch.eval_logs()
    assert len([one for one in log.samples if one.scores]) == 2


async def test_a_server_that_was_away_is_told_again(
    settings: Settings, stage: FarStage, launch: Launch
) -> None:
    async with listening(settings, stage) as client:
        job = await submitted(client)
        going = started(launch, stage, slow(30, 1, max_samples=1))
        before = await until(client, job.id, lambda job: job.samples.done >= 1)
    await asyncio.to_thread(
        going.until, lambda progress: progress.tasks[0].samples.done >= before.samples.done + 5
    )
    async with listening(settings, stage) as client:
        after = await until(client, job.id, lambda job: job.samples.done >= before.samples.done + 5)
        assert (after.status, after.silent_seconds) == (JobStatus.RUNNING, None)
        await client.stop(job.id, Stop())
        ended = await asyncio.to_thread(going.wait)
    assert "Hawk's server answers again" in ended.output


async def test_the_attempt_before_ends_once_the_next_one_begins(
    settings: Settings, stage: FarStage, launch: Launch
) -> None:
    async with listening(settings, stage) as client:
        job = await submitted(client)
        first = started(launch, stage, slow(3, 60))
        await until(client, job.id, lambda job: job.status == JobStatus.RUNNING)
        other = Launch(launch.folder.with_name("elsewhere"), launch.data)
        launch.processes.append((second := started(other, stage, slow(2, 0.1), attempt=2)).process)
        ended = await asyncio.to_thread(first.wait)
        assert ended.code == 1
        assert "this attempt of the job is over" in ended.output
        assert (await asyncio.to_thread(second.wait)).code == 0
        assert (await until(client, job.id, lambda job: job.samples.done == 2)).samples.total == 2


async def test_a_run_whose_token_has_expired_goes_on_with_another(
    settings: Settings, stage: FarStage, launch: Launch, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("hawk.auth.job_tokens.LIFE", "hawk.jobs.heartbeats.service.LIFE"):
        monkeypatch.setattr(name, 1.0)
    monkeypatch.setattr("hawk.auth.job_tokens._LEEWAY", 0.0)
    async with listening(settings, stage) as client:
        job = await submitted(client)
        going = started(launch, stage, slow(8, 1, max_samples=1))
        await until(client, job.id, lambda job: job.samples.done >= 5)
        assert (await asyncio.to_thread(going.wait)).code == 0
        await until(client, job.id, lambda job: job.samples.done == 8)


async def test_a_run_goes_on_without_any_server(settings: Settings, stage: FarStage, launch: Launch) -> None:
    async with listening(settings, stage) as client:
        await submitted(client)
    ended = await asyncio.to_thread(started(launch, stage, slow(2, 0.1)).wait)
    assert ended.code == 0, ended.output
