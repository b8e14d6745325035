"""Limits of running jobs: who starts, who waits, for what, and who is next."""

from __future__ import annotations

import asyncio
from collections import Counter

import msgspec
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from hawk.auth.caller import Caller
from hawk.backends.execution.protocol import Capabilities, Launch
from hawk.errors import Busy
from hawk.jobs.limits import Claim, decide
from hawk.jobs.types import JobStatus, Stop, Submission
from hawk.server.services import Services, close_services, open_services
from hawk.settings import LimitSettings, Settings
from hawk.specs.control import Desired
from tests.jobs.conftest import SPEC, Stage
from tests.results.api import EVERYTHING

ME = Caller(name="me")


class Holding(Stage):
    """A stage that keeps what is held until it gets the word."""

    capabilities = Capabilities(holds=True)

    async def launch(self, launch: Launch) -> None:
        await super().launch(launch)
        self.show(launch.plan.job_id, held=launch.held)

    async def control(self, job_id: str, desired: Desired) -> None:
        await super().control(job_id, desired)
        if desired.state == "run":
            self.show(job_id, held=False)

    def end(self, job_id: str) -> None:
        self.show(job_id, state="succeeded", held=False)

    @property
    def free(self) -> set[str]:
        return {job_id for job_id, seen in self.seen.items() if not seen.held and seen.state == "queued"}


class Site:
    """One server with limits, and whoever submits to it."""

    def __init__(self, services: Services, stage: Stage) -> None:
        self.services = services
        self.stage = stage

    async def submit(self, name: str, user: str = "me", priority: int = 0, subject: str = "") -> str:
        spec = {**SPEC, "eval_set_id": name}
        submission = Submission(key=name, kind="eval-set", spec=spec, priority=priority)
        caller = Caller(name=user, subject=subject)
        job_id = await self.services.launcher.submit(submission, caller, EVERYTHING)
        await self.services.reconciler.look(job_id)
        return job_id

    async def reason(self, job_id: str) -> str | None:
        return (await self.services.jobs.show(job_id)).reason

    async def look(self) -> None:
        await self.services.reconciler.advance()


async def opened(settings: Settings, stage: Stage, limits: LimitSettings) -> Site:
    limited = msgspec.structs.replace(settings, limits=limits)
    return Site(await open_services(limited, embedded=False, backends={"local": stage}), stage)


async def test_the_rest_waits_by_priority_then_age_and_says_for_what(settings: Settings) -> None:
    stage = Holding()
    site = await opened(settings, stage, LimitSettings(backends={"local": 2}))
    for name, priority in (("a", 0), ("b", 0), ("low", -1), ("old", 0), ("young", 0), ("high", 5)):
        await site.submit(name, priority=priority)
    assert stage.free == {"a", "b"}
    told = [await site.reason(name) for name in ("high", "old", "young", "low")]
    assert told == [f"2 of 2 running on local; {count} before it" for count in range(4)]
    assert (await site.services.jobs.show("old")).status == JobStatus.QUEUED
    left = ["a", "b", "high", "old", "young", "low"]
    while left:
        ended = left.pop(0)
        stage.end(ended)
        await site.look()
        await site.services.reconciler.settle_all()
        assert stage.free == set(left[:2])
    await close_services(site.services)


async def test_a_users_limit_lets_others_pass(settings: Settings) -> None:
    stage = Holding()
    site = await opened(settings, stage, LimitSettings(per_user=1))
    await site.submit("mine")
    await site.submit("mine-too", priority=9)
    await site.submit("yours", "you")
    assert stage.free == {"mine", "yours"}
    assert await site.reason("mine-too") == "its user's limit of 1 running jobs is reached"
    stage.end("mine")
    await site.look()
    assert stage.free == {"mine-too", "yours"}
    assert "limit" not in (await site.reason("mine-too") or "")
    await close_services(site.services)


async def test_a_user_is_counted_whatever_their_name_is_now(settings: Settings) -> None:
    stage = Holding()
    site = await opened(settings, stage, LimitSettings(per_user=1))
    await site.submit("mine", "ada@old.example", subject="17")
    await site.submit("mine-too", "ada@new.example", subject="17")
    await site.submit("of-a-namesake", "ada@new.example", subject="18")
    assert stage.free == {"mine", "of-a-namesake"}
    await close_services(site.services)


async def test_who_waits_can_be_stopped_and_is_not_started_by_it(settings: Settings) -> None:
    stage = Holding()
    site = await opened(settings, stage, LimitSettings(per_user=1))
    await site.submit("runs")
    await site.submit("waits")
    await site.services.jobs.stop("waits", Stop(sample="u"), ME)
    assert stage.desired["waits"].state == "hold"
    assert stage.free == {"runs"}
    await site.services.jobs.stop("waits", Stop(), ME)
    assert stage.desired["waits"].state == "stop"
    stage.end("runs")
    await site.look()
    assert stage.desired["waits"].state == "stop"
    await close_services(site.services)


async def test_a_backend_that_holds_nothing_refuses_what_is_too_much(
    settings: Settings, stage: Stage
) -> None:
    site = await opened(settings, stage, LimitSettings(backends={"local": 1}))
    await site.submit("runs")
    with pytest.raises(Busy, match="1 of 1 running on local"):
        await site.submit("too-much")
    stage.show("runs", state="succeeded")
    await site.services.reconciler.settle_all()
    await site.submit("too-much")
    assert len(stage.launched) == 2
    await close_services(site.services)


async def test_two_servers_let_no_more_start_than_may(settings: Settings) -> None:
    stage = Holding()
    limits = LimitSettings(backends={"local": 3})
    sites = [await opened(settings, stage, limits) for _ in range(2)]
    await asyncio.gather(*(sites[n % 2].submit(f"j{n}") for n in range(8)))
    await asyncio.gather(*(site.look() for site in sites))
    assert len(stage.free) == 3
    for site in sites:
        await close_services(site.services)


claims = st.builds(
    Claim,
    job_id=st.uuids().map(str),
    launch=st.just(1),
    backend=st.sampled_from("ab"),
    owner=st.sampled_from("xyz"),
)
some_limits = st.builds(
    LimitSettings,
    per_user=st.none() | st.integers(1, 3),
    backends=st.dictionaries(st.sampled_from("ab"), st.integers(1, 4)),
)


@examples(deadline=None)
@given(some_limits, st.lists(claims, max_size=6), st.lists(claims, max_size=8))
def test_limits_hold_and_nobody_waits_without_a_reason(
    limits: LimitSettings, running: list[Claim], waiting: list[Claim]
) -> None:
    decided = decide(limits, running, waiting)
    started = [one for one, reason in decided.items() if reason is None]
    users = Counter(one.owner for one in [*running, *started])
    backends = Counter(one.backend for one in [*running, *started])
    for one in started:
        assert limits.per_user is None or users[one.owner] <= limits.per_user
        assert backends[one.backend] <= limits.backends.get(one.backend, 10**9)
    for one in set(waiting) - set(started):
        full = backends[one.backend] >= limits.backends.get(one.backend, 10**9)
        assert full or (limits.per_user is not None and users[one.owner] >= limits.per_user)
