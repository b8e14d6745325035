"""Several machines with one database and one storage: each sees its own local jobs, and no others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from hawk.auth.caller import Caller
from hawk.backends.execution.protocol import Capabilities, Launch
from hawk.backends.storage.store import open_storage
from hawk.errors import Busy, Conflict, NotFound, Unavailable, Unsupported
from hawk.jobs import entries
from hawk.jobs.host import this_host
from hawk.jobs.listing import JobFilter
from hawk.jobs.records import Records
from hawk.jobs.types import JobDetail, JobStatus, Resume, Stop, Submission
from hawk.server.services import Services, close_services, open_services
from hawk.settings import load_settings
from tests.jobs.conftest import SPEC, Stage
from tests.results.api import EVERYTHING

ME = Caller(name="me")
YOU = Caller(name="you")


class Machine:
    """A machine with a home and a local backend of its own; every ``with`` is another process there."""

    def __init__(self, folder: Path, name: str, database_url: str) -> None:
        places = {"HAWK_HOME": str(folder / name), "XDG_CONFIG_HOME": str(folder / f"{name}-config")}
        shared = {"HAWK_STORAGE": str(folder / "storage"), "HAWK_DATABASE_URL": database_url}
        self.settings = load_settings({**places, **shared})
        self.stage = Stage()
        self.stage.capabilities = Capabilities(runs_beside_server=True, holds=True)

    @asynccontextmanager
    async def process(self) -> AsyncIterator[Services]:
        opened = await open_services(self.settings, embedded=False, backends={"local": self.stage})
        try:
            yield opened
        finally:
            await close_services(opened)


@pytest.fixture
def one(tmp_path: Path, database_url: str) -> Machine:
    return Machine(tmp_path, "one", database_url)


@pytest.fixture
def two(tmp_path: Path, database_url: str) -> Machine:
    return Machine(tmp_path, "two", database_url)


async def submit(at: Services, key: str = "k") -> str:
    return await at.launcher.submit(Submission(key=key, kind="eval-set", spec=SPEC), ME, EVERYTHING)


async def shown(at: Services, job_id: str) -> JobDetail:
    await at.reconciler.settle_all()
    return await at.jobs.show(job_id)


def test_a_machine_keeps_its_id_whatever_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = this_host(tmp_path / "a home")
    monkeypatch.setattr("platform.node", lambda: "another")
    after = this_host(tmp_path / "a home")
    assert (after.id, after.name) == (before.id, "another")
    assert this_host(tmp_path / "b home").id != before.id
    (tmp_path / "a home" / "host.json").write_text("?")
    with pytest.raises(Unavailable, match=r"host\.json"):
        this_host(tmp_path / "a home")


async def test_only_its_own_machine_sees_a_job(one: Machine, two: Machine) -> None:
    async with one.process() as here, two.process() as there:
        job_id = await submit(here)
        assert (await shown(there, job_id)).status == JobStatus.QUEUED
        assert (await shown(there, job_id)).host == this_host(one.settings.home).name
        one.stage.show(job_id, state="running")
        assert (await shown(there, job_id)).status == JobStatus.QUEUED
        assert (await shown(here, job_id)).status == JobStatus.RUNNING
        one.stage.seen.clear()
        assert (await shown(there, job_id)).status == JobStatus.RUNNING
        assert (await shown(here, job_id)).status == JobStatus.LOST


async def test_a_stop_from_elsewhere_is_delivered_by_its_machine(one: Machine, two: Machine) -> None:
    async with one.process() as here, two.process() as there:
        job_id = await submit(here)
        await there.jobs.stop(job_id, Stop(), YOU)
        assert (await shown(there, job_id)).stopping
        assert (one.stage.desired, two.stage.desired) == ({}, {})
        await here.reconciler.settle_all()
        assert one.stage.desired[job_id].state == "stop"


async def test_a_deletion_from_elsewhere_is_done_by_its_machine(one: Machine, two: Machine) -> None:
    async with one.process() as here, two.process() as there:
        job_id = await submit(here)
        await there.jobs.delete(job_id, YOU)
        assert (await there.jobs.show(job_id)).stopping
        with pytest.raises(Conflict):
            await there.launcher.resume(job_id, Resume(key="r"), ME, EVERYTHING)
        await here.reconciler.settle_all()
        assert one.stage.seen == {}
        with pytest.raises(NotFound):
            await there.jobs.show(job_id)


async def test_an_ended_job_deleted_from_elsewhere_is_swept_later(one: Machine, two: Machine) -> None:
    async with one.process() as here, two.process() as there:
        kept, gone = await submit(here, "a"), await submit(here, "b")
        for job_id in (kept, gone):
            one.stage.show(job_id, state="succeeded")
        await here.reconciler.settle_all()
        await there.jobs.delete(gone, YOU)
        with pytest.raises(NotFound):
            await there.jobs.show(gone)
        assert await there.reconciler.sweep() == 0
        assert await here.reconciler.sweep() == 1
        assert set(one.stage.seen) == {kept}


async def test_output_of_another_machine_is_refused_with_its_name(one: Machine, two: Machine) -> None:
    async with one.process() as here, two.process() as there:
        job_id = await submit(here)
        assert (await here.jobs.logs(job_id, after=None, last=1)).items == ()
        with pytest.raises(Unsupported, match=f"on the machine {this_host(one.settings.home).name}"):
            await there.jobs.logs(job_id, after=None, last=1)


async def test_a_resume_elsewhere_moves_the_job(one: Machine, two: Machine) -> None:
    async with one.process() as here, two.process() as there:
        job_id = await submit(here)
        one.stage.show(job_id, state="failed")
        await here.reconciler.settle_all()
        await there.launcher.resume(job_id, Resume(key="r"), ME, EVERYTHING)
        assert [launch.plan.launch for launch in two.stage.launched] == [2]
        assert (await shown(here, job_id)).status == JobStatus.QUEUED
        assert (await shown(there, job_id)).status == JobStatus.QUEUED


class Dying(Stage):
    """A stage whose machine dies once the launch has arrived, before anybody hears of it."""

    async def launch(self, launch: Launch) -> None:
        await super().launch(launch)
        raise KeyboardInterrupt


async def test_a_launch_that_may_have_arrived_is_not_made_again_elsewhere(one: Machine, two: Machine) -> None:
    capabilities, one.stage = one.stage.capabilities, Dying()
    one.stage.capabilities = capabilities
    with pytest.raises(KeyboardInterrupt):
        async with one.process() as here:
            await submit(here)
    async with two.process() as there:
        with pytest.raises(Busy, match="on its way on the machine"):
            await submit(there)
        assert two.stage.launched == []
        async with one.process() as again:
            await again.reconciler.settle_all()
        job_id = await submit(there)
        assert (await shown(there, job_id)).status == JobStatus.QUEUED
        assert two.stage.launched == []


async def test_a_launch_that_went_nowhere_is_taken_up_by_any_machine(
    one: Machine, two: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(entries.Entries, "lease", dies)
        with pytest.raises(KeyboardInterrupt):
            async with one.process() as here:
                await submit(here)
    async with two.process() as there, one.process() as here:
        job_id = await submit(there)
        assert [launch.plan.launch for launch in two.stage.launched] == [1]
        assert (await shown(here, job_id)).status == JobStatus.QUEUED
        record = await Records(open_storage(two.settings).root).newest_launch(job_id)
        assert record is not None
        assert record.host == this_host(two.settings.home), "a rebuild looks for it there"


async def test_a_launch_that_never_arrived_ends_on_its_own_machine(
    one: Machine, two: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dies(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(entries, "LAUNCH_LEASE", timedelta(seconds=-1))
    monkeypatch.setattr(one.stage, "launch", dies)
    with pytest.raises(KeyboardInterrupt):
        async with one.process() as here:
            await submit(here)
    async with two.process() as there, one.process() as here:
        await there.reconciler.settle_all()
        (job,) = (await there.jobs.page(JobFilter(access=EVERYTHING))).items
        assert job.status == JobStatus.QUEUED
        assert (await shown(here, job.id)).status == JobStatus.FAILED
