"""`hawk doctor` about the warehouse and the server."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hawk import __version__
from tests.cli.conftest import Done, Hawk, server_info
from tests.servers.hawk import free_port
from tests.servers.stranger import Answer, stranger

ROW = {
    "location": "set/log.eval",
    "eval_set_id": "set",
    "etag": "e",
    "size": 1,
    "modified": "2026-01-01",
    "importer_version": 1,
    "imported_at": "2026-01-01",
    "state": "failed",
    "text_size": 60_000_000_000,
}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hawk.client.transport._PAUSES", ())


def checks(done: Done) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in done.json()["items"]}


def database(home: Path) -> sqlite3.Connection:
    return sqlite3.connect(home / "data" / "hawk.db", isolation_level=None)


def test_a_warehouse_is_not_made_by_looking(hawk: Hawk, home: Path) -> None:
    found = checks(hawk("doctor", "--json", code=None))["warehouse"]
    assert found["state"] == "ok"
    assert "none yet" in found["found"]
    assert not (home / "data" / "hawk.db").exists()
    assert "server" not in checks(hawk("doctor", "--json", code=None))


def test_what_is_in_a_warehouse(hawk: Hawk, home: Path) -> None:
    hawk("list", "jobs")
    found = checks(hawk("doctor", "--json", code=None))
    assert {found[name]["state"] for name in ("warehouse", "text", "unread logs")} == {"ok"}
    assert "0 logs" in found["warehouse"]["found"]
    with database(home) as db:
        names = ", ".join(ROW)
        db.execute(f"INSERT INTO logs ({names}) VALUES ({', '.join('?' * len(ROW))})", tuple(ROW.values()))
    found = checks(hawk("doctor", "--json", code=None))
    assert "1 log" in found["warehouse"]["found"]
    assert (found["text"]["state"], found["text"]["found"]) == ("warn", "60 GB of transcripts")
    assert "--since" in found["text"]["fix"]
    assert found["unread logs"]["state"] == "warn"
    assert "hawk db check" in found["unread logs"]["fix"]


def test_a_warehouse_of_a_newer_hawk(hawk: Hawk, home: Path) -> None:
    hawk("list", "jobs")
    with database(home) as db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
    found = checks(hawk("doctor", "--json", code=1))["warehouse"]
    assert found["state"] == "fail"
    assert "newer Hawk" in found["found"]
    assert found["fix"]


def test_a_postgresql_that_nobody_upgraded(
    hawk: Hawk, new_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HAWK_DATABASE_URL", new_postgres_url)
    found = checks(hawk("doctor", "--json", code=1))["warehouse"]
    assert found["state"] == "fail"
    assert "hawk db upgrade" in found["fix"]


@pytest.mark.parametrize(("minutes", "state"), [(0, "ok"), (-30, "warn")])
def test_a_server(hawk: Hawk, home: Path, monkeypatch: pytest.MonkeyPatch, minutes: int, state: str) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(minutes=minutes), usegmt=True)

    def answer(_: str, path: str) -> Answer:
        info = server_info(version="9.9.9", embedded=False)
        value = info if path == "/api/server" else {"items": [], "next": None}
        return Answer(headers={"Date": date, "Hawk-API": "1-1 9.9.9"}, body=msgspec.json.encode(value))

    with stranger(answer) as server:
        monkeypatch.setenv("HAWK_API_URL", server.url)
        found = checks(hawk("doctor", "--json", code=None))
    assert f"{server.url} answers: Hawk 9.9.9, and this one is {__version__}" in found["server"]["found"]
    assert found["clock"]["state"] == state
    assert ("30 minutes ahead of the server's" in found["clock"]["found"]) == (state == "warn")
    assert found["login"]["state"] == "ok"


def test_a_login_that_is_no_good_and_a_server_that_is_gone(
    hawk: Hawk, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = {"title": "Not logged in", "status": 401, "detail": "Expired.", "type": "urn:hawk:NotLoggedIn"}

    def answer(_: str, path: str) -> Answer:
        if path == "/api/server":
            return Answer(body=msgspec.json.encode(server_info(embedded=False)))
        headers = {"content-type": "application/problem+json"}
        return Answer(401, headers, msgspec.json.encode({**problem, "fix": "Log in with: hawk login"}))

    with stranger(answer) as server:
        monkeypatch.setenv("HAWK_API_URL", server.url)
        found = checks(hawk("doctor", "--json", code=1))
    assert (found["server"]["state"], found["login"]["state"]) == ("ok", "fail")
    assert found["login"]["fix"] == "Log in with: hawk login"
    monkeypatch.setenv("HAWK_API_URL", f"http://127.0.0.1:{free_port()}")
    gone = checks(hawk("doctor", "--json", code=1))
    assert "nothing listens there" in gone["server"]["found"]
    assert "login" not in gone
