"""The storage is enough: what was in the database comes back from it, and a check says so."""

from __future__ import annotations

import asyncio
import json
import secrets
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from hawk.backends.storage.store import Storage
from hawk.clock import utc_now
from hawk.jobs.records import EndRecord, LaunchRecord, Records
from hawk.warehouse.engine import Database
from hawk.warehouse.lease import take
from hawk.warehouse.tables.jobs import jobs
from hawk.warehouse.tables.metadata import metadata
from hawk.warehouse.tables.results import evals, logs, samples, scores, unread_samples
from hawk.warehouse.tables.text import text_pages
from tests.importers.house import NAME, header, members, sample, write_archive
from tests.worker.conftest import Site

LOG = f"set/{NAME}"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def execute(site: Site, *statements: Any) -> None:
    async def work(db: Database) -> None:
        async with db.write() as conn:
            for statement in statements:
                await conn.execute(statement)

    site.run(work)


def empty(site: Site) -> None:
    execute(site, *(delete(table) for table in reversed(metadata.sorted_tables)))


def found(site: Site, *options: str) -> dict[str, str]:
    """What a check finds: kinds by subject."""
    done = site.hawk("db", "check", "--json", *options, code=None)
    told = {one["subject"]: one["kind"] for one in json.loads(done.stdout)["items"]}
    assert done.returncode == (1 if told else 0)
    return told


def job_rows(site: Site) -> dict[str, Any]:
    async def work(db: Database) -> dict[str, Any]:
        async with db.read() as conn:
            return {row["id"]: dict(row) for row in (await conn.execute(select(jobs))).mappings()}

    return site.run(work)


def launch(launch: int = 1, **changes: Any) -> LaunchRecord:
    values: dict[str, Any] = {
        "decision": "submitted" if launch == 1 else "resumed",
        "time": LONG_AGO + timedelta(hours=launch),
        "user": "ann",
        "launch": launch,
        "key": secrets.token_hex(8),
        "kind": "eval-set",
        "backend": "local",
        "spec": {"name": "mine"},
        "body": "hash",
    }
    return LaunchRecord(**{**values, **changes})


def end(decision: Any, launch: int = 1) -> EndRecord:
    return EndRecord(decision=decision, time=LONG_AGO, user="bob", launch=launch, action="score")


def record(site: Site, job_id: str, *decisions: LaunchRecord | EndRecord) -> None:
    async def work() -> None:
        records = Records(Storage(site.settings.storage_url))
        for one in decisions:
            await records.write(job_id, one)

    asyncio.run(work())


def log_of(site: Site, job_id: str, status: str, task_id: str = "t1", created: str = "2026-01-02") -> None:
    about = {"task_id": task_id, "created": f"{created}T00:00:00+00:00", "eval_id": f"{task_id} {created}"}
    content = members(sample(1), head=header(status=status, eval=about))
    write_archive(site.evals / job_id / f"{task_id}-{created}.eval", content)


def test_an_emptied_database_is_made_again_as_it_was(site: Site, real_logs: Path) -> None:
    for folder in ("mixed", "plain", "retried", "edited"):
        shutil.copytree(real_logs / folder, site.evals / folder)
    write_archive(site.evals / NAME, members(sample(1), sample(2)))
    site.hawk("worker", "--once")
    before = site.rows()
    assert len(before) > 50
    assert found(site, "--deep") == {}
    empty(site)
    assert site.rows() == []
    assert set(found(site).values()) == {"missing-log"}
    done = site.hawk("db", "rebuild", "--yes")
    assert done.stdout.startswith("Made again: ")
    assert site.rows() == before
    told = site.hawk("db", "check", "--deep").stdout
    assert told.startswith("Storage and database agree: ")
    assert not list(site.folder.glob("*.rebuild*"))
    assert not list(site.home.glob("check-*"))


def test_each_difference_of_logs_is_named(site: Site) -> None:
    for name in ("same", "stale", "gone", "older"):
        write_archive(site.evals / "set" / f"{name}.eval", members(sample(1)))
    (site.evals / "set" / "dead.eval").write_bytes(b"no archive")
    (site.evals / "set" / "retrying.eval").write_bytes(b"no archive")
    site.hawk("worker", "--once", code=1)
    assert found(site) == dict.fromkeys(("set/dead.eval", "set/retrying.eval"), "retrying-log")
    write_archive(site.evals / "set" / "stale.eval", members(sample(1), sample(2)))
    write_archive(site.evals / "new.eval", members(sample(1)))
    (site.evals / "set" / "gone.eval").unlink()
    same = select(logs.c.id).where(logs.c.location == "set/same.eval").scalar_subquery()
    execute(
        site,
        update(logs).where(logs.c.location == "set/dead.eval").values(retry_at=None, tries=5),
        update(logs).where(logs.c.location == "set/older.eval").values(importer_version=1),
        update(logs)
        .where(logs.c.location == "set/same.eval")
        .values(state="partial", error="1 of its samples"),
        unread_samples.insert().values(log_id=same, member="samples/9_epoch_1.json", error="it is no JSON"),
    )
    assert found(site) == {
        "set/dead.eval": "dead-letter",
        "set/retrying.eval": "retrying-log",
        "set/stale.eval": "stale-log",
        "new.eval": "missing-log",
        "set/gone.eval": "gone-log",
        "set/older.eval": "older-importer",
        "set/same.eval": "dead-letter",
        "set/same.eval samples/9_epoch_1.json": "unread-sample",
    }
    told = site.hawk("db", "check", code=1)
    assert "unread-sample   set/same.eval samples/9_epoch_1.json: it is no JSON\n" in told.stdout
    assert "8 differences; 6 logs, 0 jobs compared." in told.stderr


def test_each_row_that_differs_is_named(site: Site) -> None:
    write_archive(site.evals / LOG, members(sample(1), sample(2), sample(3)))
    site.hawk("worker", "--once")
    assert found(site, "--deep") == {}
    execute(
        site,
        delete(scores).where(
            scores.c.sample_pk == select(samples.c.pk).where(samples.c.sample_id == "1").scalar_subquery()
        ),
        update(samples).where(samples.c.sample_id == "2").values(epoch=7),
        update(evals).values(model="another"),
        delete(text_pages),
    )
    assert found(site) == {}
    told = found(site, "--deep")
    assert told[f"scores {LOG} 1 1 0"] == "missing-row"
    assert told[f"evals {LOG}"] == "other-row"
    assert told[f"text {LOG} 3 1"] == "missing-row"
    assert told[f"samples {LOG} 2 1"] == "missing-row"
    assert told[f"samples {LOG} 2 7"] == "extra-row"
    assert [subject for subject in told if f"{LOG} 3" in subject] == [f"text {LOG} 3 1"]
    out = site.hawk("db", "check", "--deep", code=1).stdout
    assert "model is 'another', and should be 'mock/m'" in out
    site.hawk("db", "rebuild", "--yes")
    assert found(site, "--deep") == {}


def test_jobs_come_back_from_their_records(site: Site) -> None:
    record(site, "ok", launch())
    log_of(site, "ok", "success")
    record(site, "retried", launch())
    log_of(site, "retried", "error", created="2026-01-02")
    log_of(site, "retried", "success", created="2026-01-03")
    record(site, "bad", launch(), launch(2, user="bob", spec={"name": "better"}, priority=7))
    log_of(site, "bad", "success", "t1")
    log_of(site, "bad", "error", "t2")
    record(site, "stopped", launch(), end("stop"))
    log_of(site, "stopped", "cancelled")
    record(site, "cut", launch())
    log_of(site, "cut", "started")
    record(site, "nothing", launch())
    record(site, "forgotten", launch(), end("deleted"))
    record(site, "again", launch(), end("stop"), end("deleted"), launch(2))
    record(site, "coming", launch(time=utc_now()))
    record(site, "elsewhere", launch(backend="moon"))
    assert set(found(site).values()) == {"missing-log", "missing-job"}
    site.hawk("db", "rebuild", "--yes")
    rows = job_rows(site)
    assert {name: row["status"] for name, row in rows.items()} == {
        "ok": "succeeded",
        "retried": "succeeded",
        "bad": "failed",
        "stopped": "stopped",
        "cut": "lost",
        "nothing": "lost",
        "again": "lost",
        "coming": "queued",
        "elsewhere": "queued",
    }
    assert rows["stopped"]["reason"] == "Stopped by bob."
    bad = rows["bad"]
    assert (bad["name"], bad["launch"], bad["created_by"], bad["priority"]) == ("better", 2, "ann", 7)
    assert (bad["samples_done"], bad["tokens_total"]) == (2, 6)
    assert bad["created_at"] == launch().time
    assert rows["again"]["launch"] == 2
    assert found(site) == {}
    before = job_rows(site)
    site.hawk("db", "rebuild", "--yes")
    assert {name: row["status"] for name, row in job_rows(site).items()} == {
        name: row["status"] for name, row in before.items()
    }


def test_a_key_that_two_jobs_have_on_record_hinders_neither(site: Site) -> None:
    record(site, "one", launch(key="same"))
    record(site, "two", launch(key="same"))
    site.hawk("db", "rebuild", "--yes")
    assert set(job_rows(site)) == {"one", "two"}
    assert found(site) == {}


def test_differences_of_jobs_are_named(site: Site) -> None:
    record(site, "one", launch())
    record(site, "two", launch())
    site.hawk("db", "rebuild", "--yes")
    record(site, "one", launch(2))
    record(site, "two", end("deleted"))
    record(site, "three", launch())
    assert found(site) == {"one": "stale-job", "two": "unrecorded-job", "three": "missing-job"}
    site.hawk("db", "rebuild", "--yes")
    assert found(site) == {}


def test_a_rebuild_asks_and_is_done_by_one_at_a_time(site: Site) -> None:
    assert "Add --yes" in site.hawk("db", "rebuild", code=2).stderr

    async def another(db: Database) -> None:
        assert await take(db, "rebuild", "another", 600)

    site.run(another)
    assert "being rebuilt already" in site.hawk("db", "rebuild", "--yes", code=1).stderr


def test_commands_and_workers_go_on_while_it_is_rebuilt(site: Site) -> None:
    for number in range(30):
        write_archive(site.evals / f"set{number % 3}" / f"{number}.eval", members(*map(sample, range(10))))
    worker = site.start()
    site.until(lambda: len(worker.lines("imported")) >= 5)
    for _ in range(2):
        site.hawk("db", "rebuild", "--yes")
        site.hawk("list", "eval-sets")
    write_archive(site.evals / LOG, members(sample(1)))
    site.until(lambda: any(row.key[0] == LOG for row in site.rows()))
    site.until(lambda: found(site) == {})
    assert worker.end() == 0
    assert site.rows() == site.clean_import()


def test_a_sqlite_keeps_a_copy_of_what_was(site: Site) -> None:
    if not site.database_url.startswith("sqlite"):
        pytest.skip("a PostgreSQL has its own backups")
    write_archive(site.evals / LOG, members(sample(1)))
    site.hawk("worker", "--once")
    before = site.rows()
    told = json.loads(site.hawk("db", "rebuild", "--yes", "--json").stdout)
    assert told["logs"]["imported"] == 1
    site.database_url = f"sqlite:///{told['backup']}"
    assert site.rows() == before
