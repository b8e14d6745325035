"""`hawk worker` as it is run: found soon, imported once, whoever dies or comes along meanwhile."""

from __future__ import annotations

import signal
import sys
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from hawk.jobs.records import LaunchRecord
from hawk.jobs.replay import Replay, enter
from hawk.warehouse.engine import Database
from hawk.warehouse.lease import take
from hawk.warehouse.tables.jobs import jobs
from hawk.warehouse.tables.leases import leases
from tests.importers.house import NAME, header, members, sample, write_archive
from tests.worker.conftest import DYING, ODD, Site

LOG = f"set/{NAME}"


def write_logs(site: Site, count: int, samples: int = 3) -> None:
    for number in range(count):
        content = members(*(sample(at) for at in range(samples)), head=header(eval={"task_id": f"t{number}"}))
        write_archive(site.evals / f"set{number % 5}" / f"{number}.eval", content)


def leases_of_logs(site: Site) -> list[str]:
    async def work(db: Database) -> list[str]:
        async with db.read() as conn:
            return [row.name for row in await conn.execute(select(leases.c.name))]

    return [name for name in site.run(work) if name.startswith("import:")]


def test_a_fault_that_nobody_thought_of_ends_one_round_only(site: Site) -> None:
    worker = site.start(sys.executable, "-c", ODD)
    site.until(lambda: "nobody thought of this" in worker.log.read_text())
    write_archive(site.evals / LOG, members(sample(1)))
    site.until(lambda: len(worker.lines("imported")) == 1)
    assert worker.end() == 0


def test_a_log_is_seen_as_it_is_written_grows_and_goes(site: Site) -> None:
    worker = site.start()
    site.until(lambda: bool(worker.lines("started")))
    path = write_archive(site.evals / LOG, members(sample(1), running=True))
    write_archive(site.evals / NAME, members(sample(1)))
    site.until(lambda: len(worker.lines("imported")) == 2)
    write_archive(path, members(sample(1), sample(2)))
    site.until(lambda: len(worker.lines("imported")) == 3)
    assert f"location={LOG} samples=1 " in worker.lines("imported")[-1]
    assert site.rows() == site.clean_import()
    path.unlink()
    site.until(lambda: bool(worker.lines("forgotten")))
    assert site.rows() == site.clean_import()
    (started,) = worker.lines("started")
    assert "storage=file://" in started
    assert "secret" not in started


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_it_is_told_to_and_leaves_no_lease(site: Site, number: int) -> None:
    write_logs(site, 60)
    worker = site.start()
    site.until(lambda: bool(worker.lines("imported")))
    assert worker.end(number) == 0
    assert worker.lines("stopped")
    assert leases_of_logs(site) == []
    site.hawk("worker", "--once")
    assert site.rows() == site.clean_import()


def test_workers_share_the_work_and_do_each_piece_once(site: Site) -> None:
    write_logs(site, 40, samples=10)
    workers = [site.start(), site.start()]
    site.until(lambda: sum(len(one.lines("imported")) for one in workers) >= 40)
    assert [one.end() for one in workers] == [0, 0]
    done = [line.split("location=")[1].split(" ")[0] for one in workers for line in one.lines("imported")]
    assert sorted(done) == sorted(set(done))
    assert len(done) == 40
    assert site.rows() == site.clean_import()


@pytest.mark.parametrize("statements", [9, 15, 24, 31, 40])
def test_another_goes_on_where_one_was_killed(site: Site, statements: int) -> None:
    write_logs(site, 4)
    site.run(lambda db: db.close())
    dying = site.start(sys.executable, "-c", DYING, str(statements))
    assert dying.process.wait(60) == -signal.SIGKILL, dying.log.read_text()
    other = site.start()
    site.until(lambda: len(site.rows()) == len(site.clean_import()))
    assert other.end() == 0
    assert site.rows() == site.clean_import()


def test_what_another_has_taken_is_left_to_it_until_its_time_is_over(site: Site) -> None:
    write_archive(site.evals / LOG, members(sample(1)))

    async def take_it(db: Database) -> None:
        assert await take(db, f"import:{LOG}", "somebody who died", 600)

    site.run(take_it)
    once = site.hawk("worker", "--once")
    assert "imported" not in once.stderr

    async def its_time_is_over(db: Database) -> None:
        async with db.write() as conn:
            await conn.execute(leases.update().values(until=datetime.now(UTC)))

    site.run(its_time_is_over)
    assert f"imported location={LOG}" in site.hawk("worker", "--once").stderr


def test_once_does_one_round(site: Site) -> None:
    write_logs(site, 3)
    first = site.hawk("worker", "--once")
    assert first.stderr.count(" imported ") == 3
    assert "imported" not in site.hawk("worker", "--once").stderr
    (site.evals / "set0" / "bad.eval").write_bytes(b"no archive")
    failed = site.hawk("worker", "--once", code=1)
    assert "unreadable location=set0/bad.eval samples=0" in failed.stderr
    assert "no end record" in failed.stderr
    assert site.hawk("worker", "--once").stderr.count("\n") == 2, "it is left alone until its time comes"


def test_it_settles_jobs(site: Site) -> None:
    record = LaunchRecord(
        decision="submitted",
        time=datetime(2026, 1, 1, tzinfo=UTC),
        user="ann",
        launch=1,
        key="k",
        kind="eval-set",
        backend="local",
        spec={"name": "mine"},
    )

    async def add(db: Database) -> None:
        async with db.write() as conn:
            await enter(conn, "mine-1", Replay((record,), None, deleted=False), "/logs")

    async def status(db: Database) -> Any:
        async with db.read() as conn:
            return (await conn.execute(select(jobs.c.status))).scalar_one()

    site.run(add)
    site.start()
    site.until(lambda: site.run(status) == "lost")


def test_what_it_is_told_of_wrong_settings(site: Site) -> None:
    site.configure('[events.carrier-pigeon]\nloft = "x"\n')
    told = site.hawk("worker", "--once", code=1)
    assert "no events source 'carrier-pigeon'" in told.stderr
    assert "hawk-aws" in told.stderr
    site.configure("[worker]\nconcurrency = 0\n")
    assert "worker.concurrency" in site.hawk("worker", "--once", code=2).stderr
