"""Servers of one installation, in the test's process, and the runners of its jobs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import httpx
import msgspec
import pytest

from hawk.backends.execution.protocol import AttemptEvidence, Capabilities
from hawk.client.client import HawkClient
from hawk.clock import utc_now
from hawk.jobs.types import Submission
from hawk.server.app import _app
from hawk.server.services import Services, close_services, open_services
from hawk.settings import Settings
from hawk.specs.control import (
    Heartbeat,
    HeartbeatReply,
    Outcome,
    Phase,
    Progress,
    SampleProgress,
    TaskProgress,
)
from hawk.specs.plan import JOB_TOKEN
from tests.jobs.conftest import SPEC, Stage


class FarStage(Stage):
    """A backend whose runners can be spoken with over HTTP alone."""

    capabilities = Capabilities(channel="http")

    def run(self, job_id: str, attempt: int = 1) -> None:
        """An attempt begins, as far as the backend sees it."""
        before = self.seen[job_id]
        begun = AttemptEvidence(before.launch, attempt, utc_now())
        self.show(job_id, state="starting", attempts=(*before.attempts, begun))


@pytest.fixture
def stage() -> FarStage:
    return FarStage()


class Server:
    """One server of an installation."""

    def __init__(self, services: Services, http: httpx.AsyncClient) -> None:
        self.services = services
        self.http = http
        self.client = HawkClient(http)

    async def submit(self, stage: Stage, key: str = "k") -> Runner:
        """Start a job; gives its runner."""
        job = await self.client.submit(
            Submission(key=key, kind="eval-set", spec=SPEC, secrets={"A": "s3cret"})
        )
        launch = stage.launched[-1]
        return Runner(job.id, launch.plan.launch, launch.secrets[JOB_TOKEN])


class Runner:
    """What a runner has: its job, its launch and its token."""

    def __init__(self, job_id: str, launch: int, token: str) -> None:
        self.job_id, self.launch, self.token = job_id, launch, token
        self.attempt, self.seq = 1, 0

    def next(self, attempt: int) -> Runner:
        """The runner of another attempt of the same launch, with the launch's token."""
        other = Runner(self.job_id, self.launch, self.token)
        other.attempt = attempt
        return other

    def progress(self, done: int, phase: Phase = "running") -> Progress:
        """So many of ten samples are done."""
        task = TaskProgress(task="task", model="m", samples=SampleProgress(done=done, total=10))
        return Progress(self.job_id, self.launch, self.attempt, utc_now(), phase, tasks=(task,))

    def outcome(self, code: int, reason: str | None = None, *, stopped: bool = False) -> Outcome:
        return Outcome(self.launch, self.attempt, code, reason, stopped)

    async def post(self, server: Server, body: Any, token: str | None = None) -> httpx.Response:
        """Send a body as it is."""
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        return await server.http.post(
            f"/api/runner/{self.job_id}/heartbeat",
            content=content,
            headers={"Authorization": f"Bearer {token or self.token}", "Content-Type": "application/json"},
        )

    async def beat(self, server: Server, progress: Progress | None = None, **more: Any) -> HeartbeatReply:
        """Send a heartbeat, newer than those before."""
        self.seq += 1
        beat = Heartbeat(attempt=self.attempt, seq=more.pop("seq", self.seq), progress=progress, **more)
        answer = await self.post(server, beat)
        assert answer.status_code == 200, answer.text
        return msgspec.json.decode(answer.content, type=HeartbeatReply)

    async def begin(self, server: Server) -> Runner:
        """Begin the attempt: its own token from now on."""
        reply = await self.beat(server, self.progress(0, "loading"))
        assert reply.token is not None
        begun = self.next(self.attempt)
        begun.token, begun.seq = reply.token, self.seq
        return begun

    async def plan(self, server: Server) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        return await server.http.get(f"/api/runner/{self.job_id}/plan", headers=headers)


@asynccontextmanager
async def serving(settings: Settings, stage: Stage) -> AsyncIterator[Server]:
    """A server; several with the same settings share nothing but the disk and the database."""
    services = await open_services(settings, embedded=False, backends={"local": stage})
    transport = httpx.ASGITransport(app=cast("Any", _app(services)), raise_app_exceptions=False)
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://hawk") as http:
            yield Server(services, http)
    finally:
        await close_services(services)
