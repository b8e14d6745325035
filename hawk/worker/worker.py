"""The worker: keeps the warehouse as the storage is. Any number of them, on any machine, at once."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

import msgspec
from apscheduler.schedulers.asyncio import (  # pyright: ignore[reportMissingTypeStubs]
    AsyncIOScheduler,
)

from hawk.backends.events.protocol import EventsSource
from hawk.backends.storage.store import Storage, open_storage
from hawk.errors import EXIT_FAILED
from hawk.jobs.admission import Admission
from hawk.jobs.backends import Backends
from hawk.jobs.host import this_host
from hawk.jobs.reconcile import Reconciler
from hawk.jobs.records import Records
from hawk.operator_log.lines import log_to_stderr
from hawk.packages.redaction import redact
from hawk.plugins import events_sources, execution_backends
from hawk.settings import Settings
from hawk.warehouse.engine import Database
from hawk.worker.discovery import Discovery
from hawk.worker.events import Events
from hawk.worker.imports import Imports
from hawk.worker.log_lines import tell, tell_fault
from hawk.worker.upkeep import CLEAN_EVERY, JOBS_EVERY, LINE_EVERY, Upkeep

_GRACE = 3.0
"""Seconds that an import which is under way gets to end when the worker is told to."""

Work = Callable[[], Awaitable[None]]


def run_worker(settings: Settings, *, once: bool) -> int:
    """Work until SIGTERM or SIGINT; with ``once``, one round over everything. Returns the exit code."""
    log_to_stderr("json" if settings.log.format == "json" else "text")
    # Not asyncio.run: at its end it waits for threads, and one may be decoding what was abandoned.
    return asyncio.new_event_loop().run_until_complete(_run(settings, once=once))


class _Parts(msgspec.Struct, frozen=True):
    imports: Imports
    discovery: Discovery
    upkeep: Upkeep
    events: list[Events]


async def _run(settings: Settings, *, once: bool) -> int:
    told_to_end = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told_to_end.set)
    async with _opened(settings) as parts:
        work = _once(parts) if once else _for_ever(parts, settings.worker.poll_seconds)
        failed = await _until(told_to_end, work, parts.imports)
    tell("stopped" if told_to_end.is_set() else "finished")
    return EXIT_FAILED if once and failed else 0


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncGenerator[_Parts]:
    sources = events_sources(settings)
    places = open_storage(settings)
    db = await Database.open(settings.database_url)
    try:
        told = {"database": db.url, "storage": redact(places.root.root), "logs": redact(places.evals.root)}
        tell("started", pid=os.getpid(), **told)
        reconciler = Reconciler(
            db,
            Backends(execution_backends(settings, inherit_environment=False), settings.backend),
            Records(places.root),
            Admission(db, settings.limits),
            this_host(settings.home),
        )
        yield _parts(settings, db, places.evals, reconciler, sources)
    finally:
        await db.close()


def _parts(
    settings: Settings,
    db: Database,
    evals: Storage,
    reconciler: Reconciler,
    sources: dict[str, EventsSource],
) -> _Parts:
    holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
    imports = Imports(db, evals, settings.prices, holder, settings.worker)
    return _Parts(
        imports=imports,
        discovery=Discovery(db, evals, imports, settings.worker.poll_seconds),
        upkeep=Upkeep(db, reconciler, settings.home, holder, this_host(settings.home).id),
        events=[Events(name, source, db, evals, imports) for name, source in sources.items()],
    )


async def _until(told_to_end: asyncio.Event, work: Awaitable[None], imports: Imports) -> bool:
    """Do the work while the queue is worked off, until it is done or the worker is told to end.

    Returns whether something failed.
    """
    tasks = [asyncio.ensure_future(work), asyncio.ensure_future(imports.run())]
    ending = asyncio.ensure_future(told_to_end.wait())
    try:
        done, _ = await asyncio.wait([*tasks, ending], return_when=asyncio.FIRST_COMPLETED)
        for task in done - {ending}:
            await task
    finally:
        tasks[0].cancel()
        await imports.end(_GRACE)
        for task in (*tasks, ending):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
    return imports.failed > 0


async def _once(parts: _Parts) -> None:
    await parts.upkeep.settle_jobs()
    await parts.discovery.look_everywhere()
    await parts.imports.all_done()
    await parts.upkeep.clean()


async def _for_ever(parts: _Parts, poll: float) -> None:
    scheduler = AsyncIOScheduler(timezone=UTC)
    times: list[tuple[str, Work, float]] = [
        ("look", parts.discovery.look, poll),
        ("jobs", parts.upkeep.settle_jobs, JOBS_EVERY),
        ("line", parts.upkeep.advance_line, LINE_EVERY),
        ("clean", parts.upkeep.clean, CLEAN_EVERY),
    ]
    for name, work, seconds in times:
        scheduler.add_job(  # pyright: ignore[reportUnknownMemberType]
            _attempt,
            "interval",
            args=(name, work),
            seconds=seconds,
            next_run_time=datetime.now(UTC),
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
        )
    scheduler.start()
    try:
        await _attempt("look-everywhere", parts.discovery.look_everywhere)
        await asyncio.gather(asyncio.Event().wait(), *(one.listen() for one in parts.events))
    finally:
        scheduler.shutdown(wait=False)


async def _attempt(name: str, work: Work) -> None:
    """Do a piece of work; a failure is told, and the next time is another chance."""
    try:
        await work()
    except Exception as error:  # noqa: BLE001 - whatever one round fails of must not end all the others
        tell_fault("failed", error, work=name)
