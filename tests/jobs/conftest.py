"""The app inside the test's process, with a backend whose evidence the test decides."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import msgspec
import pytest

from hawk.backends.execution.protocol import Capabilities, Launch, LogPage, Observation
from hawk.client.client import HawkClient
from hawk.errors import Unavailable
from hawk.server.app import embedded_app
from hawk.settings import Settings, load_settings
from hawk.specs.control import Desired

SPEC = {"tasks": [{"package": "six", "name": "six", "items": [{"name": "task"}]}]}


class Stage:
    """A backend that holds what it is handed and reports what it is told to report."""

    name = "local"
    capabilities = Capabilities()

    def __init__(self) -> None:
        self.launched: list[Launch] = []
        self.desired: dict[str, Desired] = {}
        self.seen: dict[str, Observation] = {}
        self.fails = False

    def show(self, job_id: str, **evidence: object) -> None:
        """What ``observe`` reports of a job from now on."""
        before = self.seen[job_id]
        self.seen[job_id] = msgspec.structs.replace(before, **evidence)

    async def launch(self, launch: Launch) -> None:
        if self.fails:
            raise Unavailable("The disk is full.")
        plan = launch.plan
        self.launched.append(launch)
        self.seen[plan.job_id] = Observation(job_id=plan.job_id, launch=plan.launch, state="queued")

    async def observe(self, job_id: str) -> Observation | None:
        return self.seen.get(job_id)

    async def observe_all(self) -> dict[str, Observation]:
        return dict(self.seen)

    async def control(self, job_id: str, desired: Desired) -> None:
        self.desired[job_id] = desired

    async def logs(self, job_id: str, *, after: int | None = None, last: int | None = None) -> LogPage:
        return LogPage((), after or 0)

    async def terminate(self, job_id: str, launch: int) -> None:
        if job_id in self.seen and self.seen[job_id].launch == launch:
            del self.seen[job_id]

    async def remove(self, job_id: str, launch: int) -> None:
        if job_id in self.seen and self.seen[job_id].launch <= launch:
            del self.seen[job_id]


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    places = {"HAWK_HOME": str(tmp_path / "home"), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    return load_settings({**places, "HAWK_DATABASE_URL": database_url})


@asynccontextmanager
async def opened(settings: Settings, stage: Stage, name: str = "local") -> AsyncIterator[HawkClient]:
    """A client of the app; each is as another command is: nothing is shared but the disk."""
    async with embedded_app(settings, {name: stage}) as app:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://hawk") as http:
            yield HawkClient(http)
