"""Runs an operation in a process that ends itself at the nth point, then looks at what it left.

A program of its own (``python -m tests.jobs.crashing FOLDER OPERATION``): each life is a fork of it, so
that nothing but the disk goes from one to the next. It prints what it found wrong, a line each.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sys
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from hawk.auth.caller import Caller
from hawk.backends.execution.protocol import Launch, Observation
from hawk.backends.storage.store import Storage
from hawk.errors import Conflict, NotFound
from hawk.jobs import entries, packages
from hawk.jobs.types import JobStatus, Resume, Stop, Submission
from hawk.server.services import Services, open_services
from hawk.settings import Settings, load_settings
from hawk.specs.control import Desired
from hawk.warehouse.engine import Database
from tests.jobs.conftest import SPEC, Stage
from tests.results.api import EVERYTHING

ME = Caller(name="me")
SECRET = "s3cret-of-the-crash"
CHOSEN = {**SPEC, "eval_set_id": "chosen"}
CRASHED = 9
_points = {"passed": 0, "last": 0}


class Kept(msgspec.Struct):
    launched: list[tuple[str, int]] = []
    seen: dict[str, Observation] = {}
    desired: dict[str, Desired] = {}


class DiskStage(Stage):
    """A stage whose evidence outlives the process, as a real backend's does."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.kept = msgspec.json.decode(path.read_bytes(), type=Kept) if path.exists() else Kept()
        self.seen, self.desired = self.kept.seen, self.kept.desired

    def save(self) -> None:
        self.path.write_bytes(msgspec.json.encode(self.kept))

    async def launch(self, launch: Launch) -> None:
        here()
        plan = launch.plan
        if plan.job_id not in self.seen or self.seen[plan.job_id].launch < plan.launch:
            assert dict(launch.secrets) == {"A": SECRET}
            self.kept.launched.append((plan.job_id, plan.launch))
            await super().launch(launch)
        self.save()
        here()

    async def control(self, job_id: str, desired: Desired) -> None:
        here()
        await super().control(job_id, desired)
        self.save()
        here()

    async def terminate(self, job_id: str, launch: int) -> None:
        here()
        await super().terminate(job_id, launch)
        self.save()
        here()

    async def remove(self, job_id: str, launch: int) -> None:
        here()
        await super().remove(job_id, launch)
        self.save()
        here()


def here() -> None:
    """A point where the machine may fail."""
    _points["passed"] += 1
    if _points["passed"] == _points["last"]:
        os._exit(CRASHED)


def make_points() -> None:
    """Every write to storage and every transaction fails before, inside and after."""
    put, write = Storage.put, Database.write

    async def failing_put(self: Storage, *args: Any, **options: Any) -> None:
        here()
        await put(self, *args, **options)
        here()

    @contextlib.asynccontextmanager
    async def failing_write(self: Database) -> AsyncIterator[Any]:
        here()
        async with write(self) as conn:
            yield conn
            here()
        here()

    Storage.put, Database.write = failing_put, failing_write


@contextlib.asynccontextmanager
async def services(home: Path) -> AsyncIterator[tuple[Services, DiskStage]]:
    stage = DiskStage(home / "stage.json")
    opened = await open_services(settings(home), embedded=True, backends={"local": stage})
    try:
        yield opened, stage
    finally:
        await opened.db.close()


def settings(home: Path) -> Settings:
    return load_settings({"HAWK_HOME": str(home), "XDG_CONFIG_HOME": str(home / "config")})


def submission(spec: dict[str, Any] = SPEC, key: str = "k") -> Submission:
    return Submission(key=key, kind="eval-set", spec=spec, secrets={"A": SECRET})


async def submit(opened: Services) -> None:
    await opened.launcher.submit(submission(), ME, EVERYTHING)


async def again(opened: Services) -> None:
    await opened.launcher.submit(submission(CHOSEN, "again"), ME, EVERYTHING)


async def reconfigure(opened: Services) -> None:
    spec = {**CHOSEN, "name": "new"}
    await opened.launcher.resume("chosen", Resume(key="c", spec=spec, secrets={"A": SECRET}), ME, EVERYTHING)


async def stop(opened: Services) -> None:
    await opened.jobs.stop("chosen", Stop(), ME)


async def delete(opened: Services) -> None:
    with contextlib.suppress(NotFound):
        await opened.jobs.delete("chosen", ME)


OPERATIONS: dict[str, Callable[[Services], Awaitable[None]]] = {
    one.__name__: one for one in (submit, again, reconfigure, stop, delete)
}
LAUNCHES = {"submit": [1], "again": [1, 2], "reconfigure": [1, 2], "stop": [1], "delete": [1]}
NEEDS_ENDED = {"again", "reconfigure"}


async def prepare(home: Path, name: str) -> None:
    async with services(home) as (opened, stage):
        if name == "submit":
            return
        await opened.launcher.submit(submission(CHOSEN), ME, EVERYTHING)
        if name in NEEDS_ENDED:
            stage.show("chosen", state="failed", reason="It broke.")
            stage.save()
            await opened.reconciler.settle_all()


async def crash(home: Path, name: str, point: int, *, late: bool) -> None:
    if late:
        entries.LAUNCH_LEASE = timedelta(seconds=-1)
    async with services(home) as (opened, _):
        make_points()
        _points["last"] = point
        await OPERATIONS[name](opened)


async def check_retried(home: Path, name: str) -> None:
    """The same request again does what it should have done, once."""
    async with services(home) as (opened, stage):
        await opened.reconciler.look()
        await OPERATIONS[name](opened)
        await opened.reconciler.look()
        numbers = [launch for _, launch in stage.kept.launched]
        assert numbers == LAUNCHES[name], numbers
        assert len({job for job, _ in stage.kept.launched}) == 1, stage.kept.launched
        rows = await statuses(opened)
        if name == "delete":
            assert rows == {}
            assert stage.seen == {}
            return
        assert list(rows.values()) == [JobStatus.QUEUED], rows
        (job_id,) = rows
        assert [path.name for path in (home / "storage" / "jobs").iterdir()] == [job_id]
        shown = await opened.jobs.spec(job_id)
        assert shown.spec.get("name") == ("new" if name == "reconfigure" else None)
        if name == "stop":
            assert stage.desired[job_id].state == "stop"


async def check_abandoned(home: Path, name: str) -> None:
    """Nobody repeats the request and its time is up: all is settled, and the job can go on."""
    async with services(home) as (opened, stage):
        entries.LAUNCH_LEASE = timedelta(seconds=60)
        await opened.reconciler.look()
        rows = await statuses(opened)
        assert len(rows) <= 1
        for job_id, status in rows.items():
            shown = await opened.jobs.show(job_id)
            entered = shown.launch
            runs = (
                job_id in stage.seen and stage.seen[job_id].launch == entered and status == JobStatus.QUEUED
            )
            if status not in {JobStatus.FAILED, JobStatus.STOPPED}:
                assert runs, (status, stage.seen)
                continue
            spec = (await opened.jobs.spec(job_id)).spec
            assert spec.get("name") == ("new" if name == "reconfigure" and entered == 2 else None)
            await opened.launcher.resume(job_id, Resume(key="later", secrets={"A": SECRET}), ME, EVERYTHING)
            await opened.reconciler.look()
            assert (await opened.jobs.show(job_id)).launch == entered + 1
            assert stage.kept.launched[-1] == (job_id, entered + 1)
            assert (await opened.jobs.spec(job_id)).spec == spec
            with contextlib.suppress(Conflict):
                await OPERATIONS[name](opened)
            assert len(await statuses(opened)) == (name != "delete")


async def statuses(opened: Services) -> dict[str, str]:
    from hawk.jobs import store

    async with opened.db.read() as conn:
        return {row["id"]: row["status"] for row in await store.page(conn, where=(), after=None, limit=9)}


def check_no_secret(home: Path) -> None:
    found = [path for path in home.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]
    assert not found, found


def life(work: Callable[[], None]) -> int:
    """Run ``work`` in a fork of this process; gives its exit code."""
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            work()
            code = 0
        except BaseException:  # noqa: BLE001 - the fork must not go on as its parent
            traceback.print_exc(file=sys.stdout)
            sys.stdout.flush()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def run(folder: Path, name: str, *, late: bool) -> int:
    """Crash at every point in turn. Returns how many there were."""
    template = folder / "template"
    assert life(lambda: asyncio.run(prepare(template, name))) == 0
    check = check_abandoned if late else check_retried
    point, code = 0, CRASHED
    while code == CRASHED:
        point += 1
        home = folder / f"{point}-{late}"
        shutil.copytree(template, home)
        code = life(lambda home=home, at=point: asyncio.run(crash(home, name, at, late=late)))
        if code not in {0, CRASHED}:
            sys.stdout.write(f"{name}: point {point} ended with {code}\n")
        if life(
            lambda home=home: (check_no_secret(home), asyncio.run(check(home, name)), check_no_secret(home))
        ):
            sys.stdout.write(f"{name}: not right after point {point}\n")
        shutil.rmtree(home)
    return point


if __name__ == "__main__":
    packages.hawk_wheel = lambda home: home / "hawk.whl"  # not what is looked at here, and slow
    target = Path(sys.argv[1])
    for late in (False, True):
        place = target / str(late)
        place.mkdir()
        count = run(place, sys.argv[2], late=late)
        sys.stderr.write(f"points {count}\n")
