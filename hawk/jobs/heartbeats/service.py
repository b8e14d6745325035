"""Takes heartbeats. Progress waits in memory for the next write; what changes a job's state does not."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from hawk.auth.caller import Caller, JobIdentity
from hawk.auth.job_tokens import LIFE, JobTokens
from hawk.clock import utc_now
from hawk.errors import Forbidden, HawkError
from hawk.jobs import store as job_store
from hawk.jobs.heartbeats import store
from hawk.jobs.heartbeats.types import Heard, Standing, heard_of, newest_of_each
from hawk.jobs.records import Records
from hawk.jobs.types import JobStatus
from hawk.specs.control import AT_WORK, Desired, Heartbeat, HeartbeatReply
from hawk.warehouse.engine import Database

WRITE_EVERY = 2.0
"""Seconds between two writes, which is how much progress a killed server loses at most, and how old
what it knows of jobs may be."""

SHORTEST, LONGEST = 2.0, 10.0
"""Seconds between two heartbeats of a job, by how many jobs there are."""

_A_SECOND = 200.0
"""Heartbeats that a server likes to take in a second, of all jobs together."""

logger = logging.getLogger(__name__)


class Heartbeats:
    """The runners' side of jobs, for one server of several."""

    def __init__(self, db: Database, records: Records, tokens: JobTokens) -> None:
        self._db = db
        self._records = records
        self._tokens = tokens
        self._standings: dict[str, Standing] = {}
        self._waiting: dict[str, Heard] = {}
        self._urgent: dict[tuple[str, tuple[int, int, int]], Heard] = {}
        self._writing = asyncio.Lock()
        self._active = 0
        self._task: asyncio.Task[None] | None = None

    async def take(self, caller: Caller, beat: Heartbeat) -> HeartbeatReply:
        """Take a heartbeat. Said again, or overtaken by a newer one, it changes nothing.

        Raises Forbidden for an attempt that the token isn't for.
        """
        job = _attempt_of(caller, beat)
        standing = await self._standing(job)
        desired = (standing.desired if standing else None) or Desired(launch=job.launch)
        if await self._has_ended(job, standing):
            return HeartbeatReply(desired=desired, ended=True)
        if standing is not None and standing.launch == job.launch:
            await self._note(job, standing, beat)
        return HeartbeatReply(
            desired=desired, interval=self._interval(), token=await self._renewed(caller, job)
        )

    async def require_alive(self, job: JobIdentity) -> None:
        """Raises Forbidden for a launch that is over, or an attempt that has a successor."""
        async with self._db.read() as conn:
            standing = await store.standing(conn, job.job_id)
        if standing is None or standing.launch != job.launch or standing.has_ended(job.launch, job.attempt):
            raise Forbidden("This attempt of the job is over.")

    def start(self) -> None:
        """Write now and then, until :meth:`close`."""
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Write what is left, if that can be."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        with suppress(HawkError):
            await self.flush()

    async def flush(self) -> None:
        """Write what waits. What can't be written waits on, unless something newer comes."""
        beats, self._waiting = self._waiting, {}
        if not beats:
            return
        try:
            async with self._db.write() as conn:
                await store.put(conn, newest_of_each(beats.values()))
        except BaseException:
            for beat in beats.values():
                self._keep(beat)
            raise

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(WRITE_EVERY)
            try:
                await self.flush()
                await self._look()
            except HawkError as error:
                logger.warning("heartbeats can't be written now: %s", error)

    async def _look(self) -> None:
        async with self._db.read() as conn:
            self._standings = await store.active(conn)
        self._active = len(self._standings)

    async def _standing(self, job: JobIdentity) -> Standing | None:
        known = self._standings.get(job.job_id)
        if known is not None and known.launch >= job.launch:
            return known
        async with self._db.read() as conn:
            found = await store.standing(conn, job.job_id)
        if found is not None:
            self._standings[job.job_id] = found
        return found

    async def _has_ended(self, job: JobIdentity, standing: Standing | None) -> bool:
        if standing is not None:
            return standing.has_ended(job.launch, job.attempt)
        # A job without a row was deleted, or its database was put back: then it goes on.
        return await self._records.is_deleted(job.job_id)

    async def _note(self, job: JobIdentity, standing: Standing, beat: Heartbeat) -> None:
        heard = heard_of(job.job_id, job.launch, beat, utc_now())
        if _changes_state(heard, standing):
            await self._write_now(heard)
        else:
            self._keep(heard)

    def _keep(self, heard: Heard) -> None:
        before = self._waiting.get(heard.job_id)
        if before is None or before.order < heard.order:
            self._waiting[heard.job_id] = heard

    async def _write_now(self, heard: Heard) -> None:
        """Write one heartbeat, and the state that it is evidence of, with all others that wait for that."""
        mine = (heard.job_id, heard.order)
        self._urgent[mine] = heard
        async with self._writing:
            if mine not in self._urgent:
                return  # Whoever had the turn before wrote it as well.
            beats, self._urgent = self._urgent, {}
            try:
                await self._write(list(beats.values()))
            except BaseException:
                del beats[mine]
                self._urgent = beats | self._urgent
                raise

    async def _write(self, beats: list[Heard]) -> None:
        beats = newest_of_each(beats)
        async with self._db.write() as conn:
            taken = await store.put(conn, beats)
            told = [beat for beat in beats if beat.job_id in taken]
            began = {beat.job_id for beat in told if self._is_news(beat) and await _begin(conn, beat)}
        for beat in beats:
            self._learn(beat, is_taken=beat.job_id in taken, has_begun=beat.job_id in began)

    def _is_news(self, beat: Heard) -> bool:
        """Whether it is not known yet that the job runs."""
        known = self._standings.get(beat.job_id)
        return _is_at_work(beat) and (known is None or known.status != JobStatus.RUNNING)

    def _learn(self, beat: Heard, *, is_taken: bool, has_begun: bool) -> None:
        """Know what was written, without asking for it."""
        known = self._standings.pop(beat.job_id, None)
        if known is not None and known.launch == beat.launch and is_taken:
            status = JobStatus.RUNNING if has_begun else known.status
            attempt = max(known.attempt, beat.attempt)
            self._standings[beat.job_id] = msgspec.structs.replace(known, attempt=attempt, status=status)

    async def _renewed(self, caller: Caller, job: JobIdentity) -> str | None:
        """A token for an attempt that begins, or whose own is in the second half of its life."""
        left = caller.expires_at - time.time() if caller.expires_at is not None else 0.0
        return await self._tokens.for_attempt(job) if left < LIFE / 2 else None

    def _interval(self) -> float:
        return min(max(self._active / _A_SECOND, SHORTEST), LONGEST)


def _attempt_of(caller: Caller, beat: Heartbeat) -> JobIdentity:
    job = caller.job
    if job is None or job.attempt not in {0, beat.attempt}:
        raise Forbidden("The token is not for this attempt.")
    return JobIdentity(job.job_id, job.launch, beat.attempt)


async def _begin(conn: AsyncConnection, beat: Heard) -> bool:
    """Note that a job runs. False where that is known, or it is over."""
    since, launch = beat.running_since, beat.launch
    return await job_store.transition(conn, beat.job_id, JobStatus.RUNNING, "Running.", since, launch=launch)


def _changes_state(heard: Heard, standing: Standing) -> bool:
    if heard.attempt > standing.attempt or heard.outcome is not None:
        return True
    return standing.status != JobStatus.RUNNING and _is_at_work(heard)


def _is_at_work(heard: Heard) -> bool:
    return heard.progress is not None and heard.progress.phase in AT_WORK
