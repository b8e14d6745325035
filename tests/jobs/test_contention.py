"""Two servers and their reconciliations do everything at once to a few jobs: stop, resume, delete, end."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from itertools import pairwise

import pytest

from hawk.auth.caller import Caller
from hawk.backends.execution.protocol import Launch
from hawk.errors import Conflict, NotFound
from hawk.jobs.listing import JobFilter
from hawk.jobs.states import TERMINAL, allowed
from hawk.jobs.types import Resume, Stop, Submission
from hawk.server.services import Services, close_services, open_services
from hawk.settings import Settings
from hawk.specs.control import Desired
from tests.jobs.conftest import SPEC, Stage
from tests.results.api import EVERYTHING

ME = Caller(name="me")

NAMES = ("a", "b", "c")
ROUNDS = 12


class Obedient(Stage):
    """A stage where every call takes a moment, a stop ends a job, and others end by themselves."""

    def __init__(self) -> None:
        super().__init__()
        self.chance = random.Random(1)

    async def launch(self, launch: Launch) -> None:
        await self.moment()
        plan = launch.plan
        if plan.job_id in self.seen and self.seen[plan.job_id].launch >= plan.launch:
            return
        await super().launch(launch)

    async def control(self, job_id: str, desired: Desired) -> None:
        await self.moment()
        seen = self.seen.get(job_id)
        await super().control(job_id, desired)
        if seen is not None and seen.launch == desired.launch and desired.state == "stop":
            self.end(job_id, "stopped")

    async def terminate(self, job_id: str, launch: int) -> None:
        await self.moment()
        await super().terminate(job_id, launch)

    async def moment(self) -> None:
        await asyncio.sleep(self.chance.random() * 0.01)

    def end(self, job_id: str, state: str) -> None:
        if job_id in self.seen and self.seen[job_id].state not in TERMINAL:
            self.show(job_id, state=state)


class User:
    """Does something to one of the jobs, at one of the servers, again and again."""

    def __init__(self, number: int, servers: list[Services], stage: Obedient) -> None:
        self.chance = random.Random(number)
        self.number, self.servers, self.stage = number, servers, stage
        self.stopped: list[tuple[str, int]] = []

    async def act(self, count: int) -> None:
        for turn in range(count):
            server, name = self.chance.choice(self.servers), self.chance.choice(NAMES)
            what = self.chance.choice([self.submit, self.stop, self.resume, self.delete, self.end, self.look])
            try:
                await what(server, name, f"{self.number}-{turn}")
            except (Conflict, NotFound):
                continue

    async def submit(self, server: Services, name: str, key: str) -> None:
        spec = {**SPEC, "eval_set_id": name}
        await server.launcher.submit(Submission(key=key, kind="eval-set", spec=spec), ME, EVERYTHING)

    async def stop(self, server: Services, name: str, _: str) -> None:
        before = await server.jobs.show(name)
        await server.jobs.stop(name, Stop(), ME)
        self.stopped.append((name, before.launch))

    async def resume(self, server: Services, name: str, key: str) -> None:
        await server.launcher.resume(name, Resume(key=key), ME, EVERYTHING)

    async def delete(self, server: Services, name: str, _: str) -> None:
        await server.jobs.delete(name, ME)

    async def end(self, _: Services, name: str, key: str) -> None:
        self.stage.end(name, self.chance.choice(["succeeded", "failed"]))

    async def look(self, server: Services, name: str, _: str) -> None:
        await server.reconciler.settle_all()


@pytest.mark.parametrize("seed", range(3))
async def test_everything_at_once_leaves_everything_right(settings: Settings, seed: int) -> None:
    stage = Obedient()
    servers = [await open_services(settings, embedded=False, backends={"local": stage}) for _ in range(2)]
    users = [User(seed * 100 + number, servers, stage) for number in range(4)]
    await asyncio.gather(*(one.act(ROUNDS) for one in users))
    await servers[0].reconciler.settle_all()
    await servers[1].reconciler.settle_all()
    counts = Counter((one.plan.job_id, one.plan.launch) for one in stage.launched)
    rows = {one.id: one for one in (await servers[0].jobs.page(JobFilter(access=EVERYTHING))).items}
    assert set(rows) == set(stage.seen), "a job is there exactly where its backend has it"
    for job_id, row in rows.items():
        seen = stage.seen[job_id]
        assert (row.launch, row.status.value) == (seen.launch, seen.state)
        assert not row.stopping
        told = [one.status for one in (await servers[0].jobs.show(job_id)).transitions]
        for before, after in pairwise(told):
            assert allowed(before, after, relaunch=before in TERMINAL), told
        if (job_id, row.launch) in {pair for one in users for pair in one.stopped}:
            assert row.status in TERMINAL, "a stop that was taken is never lost"
    assert set(counts.values()) == {1}, "a launch is made once"
    for server in servers:
        await close_services(server)
