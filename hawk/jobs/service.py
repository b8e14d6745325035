"""What the jobs API does: list, show, stop, delete and read the output of jobs."""

from __future__ import annotations

import logging

import msgspec
from sqlalchemy.engine import RowMapping

from hawk.auth.caller import Caller
from hawk.backends.storage.store import Storage
from hawk.clock import utc_now
from hawk.errors import HawkError, InvalidConfig, NotFound, Unsupported
from hawk.jobs import store
from hawk.jobs.backends import Backends
from hawk.jobs.evidence import said_to, wanted
from hawk.jobs.heartbeats import store as heartbeats
from hawk.jobs.host import Host
from hawk.jobs.listing import JobFilter, cursor_of
from hawk.jobs.reconcile import clear
from hawk.jobs.records import EndRecord, LaunchRecord, Records
from hawk.jobs.saved import saved_config
from hawk.jobs.states import TERMINAL
from hawk.jobs.types import JobDetail, JobList, JobSpec, JobStatus, Logs, Stop
from hawk.jobs.views import detail_of, job_of
from hawk.specs.control import Desired, StopSample
from hawk.specs.load import decode_spec
from hawk.warehouse.engine import Database

TAIL_LINES = 20

logger = logging.getLogger(__name__)


class Jobs:
    """Jobs of this installation, for the user who asks."""

    def __init__(
        self, db: Database, backends: Backends, records: Records, evals: Storage, host: Host
    ) -> None:
        self._db = db
        self._backends = backends
        self._records = records
        self._evals = evals
        self._host = host

    async def page(self, wanted: JobFilter) -> JobList:
        """A page of jobs, newest first."""
        where = wanted.conditions()
        async with self._db.read() as conn:
            rows = await store.page(conn, where=where, after=wanted.after(), limit=wanted.limit + 1)
            total = await store.count(conn, where=where) if wanted.total else None
        shown, more = rows[: wanted.limit], len(rows) > wanted.limit
        items = tuple(job_of(row) for row in shown)
        return JobList(items=items, next=cursor_of(shown[-1]) if more else None, total=total)

    async def show(self, job_id: str) -> JobDetail:
        """One job with all that explains its state."""
        async with self._db.read() as conn:
            row = await store.get(conn, job_id)
            attempts = await store.attempts(conn, job_id)
            transitions = await store.transitions(conn, job_id)
            heard = await heartbeats.newest(conn, job_id)
        if row is None:
            raise _unknown(job_id)
        failed = row["status"] in {JobStatus.FAILED, JobStatus.LOST}
        tail = await self._tail(row) if failed else ()
        return detail_of(row, attempts, transitions, tail, heard)

    async def spec(self, job_id: str) -> JobSpec:
        """The config of the newest launch; of a deleted job too, whose record stays.

        Where there is no record, the config that another Hawk saved by the logs.
        """
        record = await self._newest_record(job_id)
        kind = record.kind if record is not None else "eval-set"
        spec = record.spec if record is not None else await saved_config(self._evals, job_id)
        if spec is None:
            raise _unknown(job_id)
        try:
            warnings = decode_spec(spec, kind).warnings
        except InvalidConfig as error:
            # Another Hawk took it: what this one would say to it is no reason to hide it.
            warnings = error.problems
        return JobSpec(id=job_id, kind=kind, spec=spec, warnings=warnings)

    async def logs(self, job_id: str, *, after: int | None, last: int | None) -> Logs:
        """Output of a job. ``complete`` is only said of output read after the job's end was known."""
        row = await self._require(job_id)
        if self._is_elsewhere(row):
            raise Unsupported(
                f"The output of {job_id} is on the machine {row['host_name']}, which runs it.",
                fix="Ask a server on that machine.",
            )
        page = await self._backends.require(job_id, row["backend"]).logs(job_id, after=after, last=last)
        ended = row["status"] in TERMINAL
        complete = ended and (last is not None or not page.items)
        return Logs(items=page.items, next=page.next, complete=complete)

    async def stop(self, job_id: str, stop: Stop, user: Caller) -> None:
        """Record that an end is wanted and tell the backend. An ended job stays as it is.

        A job of another machine hears it from a worker or a server there.
        """
        row = await self._require(job_id)
        if row["status"] in TERMINAL:
            return
        backend, now = self._backends.require(job_id, row["backend"]), utc_now()
        record = EndRecord(
            decision="stop",
            time=now,
            user=user.name,
            owner=user.owner,
            launch=row["launch"],
            sample=stop.sample,
            action=stop.action,
            now=stop.now,
        )
        await self._records.write(job_id, record)
        said = await self._want(job_id, row["launch"], stop, record)
        if said is not None and not self._is_elsewhere(row):
            await backend.control(job_id, said)

    async def delete(self, job_id: str, user: Caller) -> None:
        """End a job and remove what its backend keeps and its row. Its logs and records stay.

        One that may still run on another machine is ended and removed by a worker or a server there.
        """
        row = await self._require(job_id)
        backend = self._backends.require(job_id, row["backend"])
        record = EndRecord(
            decision="deleted", time=utc_now(), user=user.name, owner=user.owner, launch=row["launch"]
        )
        await self._records.write(job_id, record)
        marked = await self._mark_deleted(job_id)
        if marked is None:
            return
        if not self._is_elsewhere(marked):
            await clear(self._db, backend, marked)
        elif marked["status"] not in TERMINAL:
            return
        async with self._db.write() as conn:
            await store.forget(conn, job_id, marked["launch"])

    async def _mark_deleted(self, job_id: str) -> RowMapping | None:
        """From here on nobody launches it again, and whoever settles it goes on with its deletion."""
        async with self._db.write() as conn:
            row = await store.held(conn, job_id)
            if row is not None:
                active = row["status"] not in TERMINAL
                await store.set_values(conn, job_id, {"deleting": True, "stopping": active})
        return row

    def _is_elsewhere(self, row: RowMapping) -> bool:
        return row["host"] not in {None, self._host.id}

    async def _want(self, job_id: str, launch: int, stop: Stop, record: EndRecord) -> Desired | None:
        async with self._db.write() as conn:
            row = await store.require(conn, job_id, launch)
            if row["status"] in TERMINAL:
                return None
            desired = with_stop(wanted(row) or Desired(launch=launch), stop, record.user)
            values = {
                "desired": msgspec.to_builtins(desired),
                "stopping": desired.state == "stop",
                "updated_at": record.time,
            }
            await store.set_values(conn, job_id, values)
            return said_to(await store.require(conn, job_id, launch))

    async def _newest_record(self, job_id: str) -> LaunchRecord | None:
        async with self._db.read() as conn:
            entry = await store.newest_launch(conn, job_id)
        if entry is not None:
            return await self._records.launch(entry)
        return await self._records.newest_launch(job_id)

    async def _require(self, job_id: str) -> RowMapping:
        async with self._db.read() as conn:
            row = await store.get(conn, job_id)
        if row is None:
            raise _unknown(job_id)
        return row

    async def _tail(self, row: RowMapping) -> tuple[str, ...]:
        backend = self._backends.get(row["backend"])
        if backend is None:
            return ()
        try:
            page = await backend.logs(row["id"], last=TAIL_LINES)
        except (HawkError, OSError):
            # The state and its reason are worth more than the lines that go with them.
            logger.warning("the output of %s can't be read", row["id"], exc_info=True)
            return ()
        return tuple(line.text for line in page.items)


def with_stop(before: Desired, stop: Stop, user: str) -> Desired:
    """What is wanted of a launch once a user asked for an end."""
    if stop.sample is not None:
        asked = StopSample(uuid=stop.sample, action=stop.action)
        others = tuple(one for one in before.samples if one.uuid != asked.uuid)
        return msgspec.structs.replace(before, samples=(*others, asked))
    score = stop.action == "score"
    now, by = before.now or stop.now, before.by or user
    return msgspec.structs.replace(before, state="stop", now=now, score=score, by=by)


def _unknown(job_id: str) -> NotFound:
    return NotFound(f"There is no job {job_id}.", fix="`hawk list jobs` shows what there is.")
