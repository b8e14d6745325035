"""Whether a server can do its work, and that it does again once what it needs is back."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hawk.warehouse.upgrade import upgrade_database
from tests.servers.hawk import HawkServer
from tests.servers.postgres import restarted_server


def until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_storage_that_is_gone_is_named(tmp_path: Path) -> None:
    with HawkServer(tmp_path, args=("--no-worker",)) as server, server.http() as http:
        storage = server.home / "storage"
        storage.rename(tmp_path / "away")
        until(lambda: http.get("/health/ready").status_code == 503)
        told = http.get("/health/ready").json()
        assert {one["path"] for one in told["errors"]} == {"storage", "logs"}
        assert str(storage) not in str(told)
        assert str(storage) in server.log.read_text()
        assert http.get("/health/live").status_code == 200
        shutil.move(tmp_path / "away", storage)
        until(lambda: http.get("/health/ready").status_code == 200)


def test_a_postgresql_that_was_away_is_used_again_without_a_restart(tmp_path: Path) -> None:
    with restarted_server() as database:
        url = database.server.create("hawk")
        upgrade_database(url, lambda: None)
        env = {"HAWK_DATABASE_URL": url}
        with HawkServer(tmp_path, env=env, args=("--no-worker",)) as server, server.http() as http:
            assert http.get("/api/jobs").status_code == 200
            database.stop(crash=True)
            away = http.get("/api/jobs")
            assert (away.status_code, away.json()["type"]) == (503, "urn:hawk:Unavailable")
            assert "secret" not in away.text
            until(lambda: http.get("/health/ready").status_code == 503)
            assert [one["path"] for one in http.get("/health/ready").json()["errors"]] == ["database"]
            assert "hawk_database_up 0" in http.get("/metrics").text
            database.start()
            until(lambda: http.get("/health/ready").status_code == 200)
            assert http.get("/api/jobs").status_code == 200


def test_a_schema_that_another_hawk_changed_is_not_ready(tmp_path: Path, postgres_url: str) -> None:
    import psycopg

    env = {"HAWK_DATABASE_URL": postgres_url}
    with HawkServer(tmp_path, env=env, args=("--no-worker",)) as server, server.http() as http:
        with psycopg.connect(postgres_url, autocommit=True) as conn:
            conn.execute("UPDATE alembic_version SET version_num = '9999'")
        until(lambda: http.get("/health/ready").status_code == 503)
        assert "newer Hawk" in server.log.read_text()


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_a_storage_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    with HawkServer(tmp_path, args=("--no-worker",)) as server, server.http() as http:
        (server.home / "storage").chmod(0)
        until(lambda: http.get("/health/ready").status_code == 503)
        (server.home / "storage").chmod(0o700)
