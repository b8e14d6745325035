"""A job's life as a state machine: whatever comes in whatever order, what it says of itself stays true."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from hawk.backends.execution.protocol import AttemptEvidence
from hawk.client.client import HawkClient
from hawk.clock import utc_now
from hawk.errors import Conflict, NotFound
from hawk.jobs.states import ACTIVE, TERMINAL, allowed
from hawk.jobs.types import JobStatus, Resume, Stop, Submission
from hawk.settings import load_settings
from tests.jobs.conftest import SPEC, Stage, opened

T = TypeVar("T")
STATES = st.sampled_from([state.value for state in JobStatus])
CHOSEN = {**SPEC, "eval_set_id": "job"}


class JobLife(RuleBasedStateMachine):
    """One job under a chosen id; ``launch`` and ``status`` are what it must say."""

    @initialize()
    def open(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.runner, self.stage, self.stack = asyncio.Runner(), Stage(), AsyncExitStack()
        home = Path(self.folder.name)
        self.settings = load_settings({"HAWK_HOME": str(home), "XDG_CONFIG_HOME": str(home)})
        self.requests, self.launch, self.status = 0, 0, None
        self.client = self._open()

    def teardown(self) -> None:
        self.run(self.stack.aclose())
        self.runner.close()
        self.folder.cleanup()

    @rule()
    def reopen(self) -> None:
        self.run(self.stack.aclose())
        self.stack = AsyncExitStack()
        self.client = self._open()

    @rule()
    def submit(self) -> None:
        asked = Submission(key=self._key(), kind="eval-set", spec=CHOSEN)
        if self.status in ACTIVE:
            self._refused(self.client.submit(asked))
            return
        self.run(self.client.submit(asked))
        self._launched()

    @rule()
    def resume(self) -> None:
        asked = Resume(key=self._key())
        if self.status is None or self.status in ACTIVE:
            self._refused(self.client.resume("job", asked))
            return
        self.run(self.client.resume("job", asked))
        self.run(self.client.resume("job", asked))
        self._launched()

    @precondition(lambda self: self.status is not None)
    @rule(now=st.booleans())
    def stop(self, now: bool) -> None:
        shown = self.run(self.client.stop("job", Stop(now=now)))
        assert shown.stopping == (self.status in ACTIVE)

    @precondition(lambda self: self.status is not None)
    @rule()
    def delete(self) -> None:
        self.run(self.client.delete("job"))
        self.status = None
        assert self.stage.seen == {}

    @precondition(lambda self: self.status is not None)
    @rule(state=STATES, attempts=st.integers(0, 3), late=st.booleans())
    def evidence(self, state: str, attempts: int, late: bool) -> None:
        launch = self.launch - 1 if late else self.launch
        if late and launch < 1:
            return
        start = utc_now()
        seen = tuple(AttemptEvidence(launch, n + 1, start + timedelta(seconds=n)) for n in range(attempts))
        kept = self.stage.seen["job"]
        self.stage.show("job", launch=launch, state=state, attempts=seen)
        self.run(self.client.job("job"))
        after = JobStatus(state)
        if late:
            self.stage.seen["job"] = msgspec.structs.replace(kept)
            self.status = JobStatus.LOST if self.status in ACTIVE else self.status
        elif self.status == after or allowed(self.status, after):
            self.status = after

    @invariant()
    def what_it_says_is_so(self) -> None:
        if not hasattr(self, "client"):
            return
        if self.status is None:
            assert self.run(self.client.jobs()).items == ()
            return
        job = self.run(self.client.job("job"))
        assert (job.status, job.launch) == (self.status, self.launch)
        assert (job.completed_at is not None) == (job.status in TERMINAL)
        assert not (job.stopping and job.status in TERMINAL)
        assert job.transitions[-1].status == job.status
        pairs = zip(job.transitions, job.transitions[1:], strict=False)
        assert all(
            allowed(a.status, b.status) or allowed(a.status, b.status, relaunch=True) for a, b in pairs
        )
        numbers = [launch.plan.launch for launch in self.stage.launched]
        assert numbers == sorted(set(numbers)), "a launch was made twice"

    def run(self, work: Awaitable[T]) -> T:
        async def awaited() -> T:
            return await work

        return self.runner.run(awaited())

    def _open(self) -> HawkClient:
        return self.run(self.stack.enter_async_context(opened(self.settings, self.stage)))

    def _refused(self, work: Awaitable[object]) -> None:
        try:
            self.run(work)
        except (Conflict, NotFound):
            return
        raise AssertionError("it was not refused")

    def _launched(self) -> None:
        self.launch += 1
        self.status = JobStatus.QUEUED

    def _key(self) -> str:
        self.requests += 1
        return str(self.requests)


TestJobLife = JobLife.TestCase
TestJobLife.settings = settings(
    max_examples=12, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
)
