"""Refusals are told, logged and kept; what belongs to somebody stays theirs."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, insert, select

from hawk.auth import denials
from hawk.auth.denials import Denials, prune_denials
from hawk.clock import utc_now
from hawk.errors import Unavailable
from hawk.settings import Settings, load_settings
from hawk.warehouse.engine import Database
from hawk.warehouse.tables.callers import denials as rows
from tests.auth.conftest import bearer
from tests.auth.issuer import Issuer
from tests.jobs.conftest import SPEC, Stage


@pytest.fixture
def settings(environ: dict[str, str], database_url: str) -> Settings:
    return load_settings({**environ, "HAWK_DATABASE_URL": database_url})


User = Callable[..., dict[str, str]]


@pytest.fixture
def user(issuer: Issuer) -> User:
    """The headers of a user."""

    def headers(name: str, *groups: str, **claims: object) -> dict[str, str]:
        said = {"sub": f"sub-{name}", "email": f"{name}@example.com", "permissions": list(groups), **claims}
        return bearer(issuer.token(**said))

    return headers


async def submit(
    http: httpx.AsyncClient, headers: dict[str, str], name: str | None = "ours", key: str = "k"
) -> httpx.Response:
    spec = {**SPEC, **({"eval_set_id": name} if name else {})}
    body = {"key": key, "kind": "eval-set", "spec": spec}
    return await http.post("/api/jobs", json=body, headers=headers)


async def test_only_its_owner_or_an_admin_changes_a_job(http: httpx.AsyncClient, user: User) -> None:
    assert (await submit(http, user("ada"))).status_code == 201
    eve, admin = user("eve"), user("root", "hawk-admins")
    assert (await http.get("/api/jobs/ours", headers=eve)).json()["created_by"] == "ada@example.com"
    for method, path, body in (
        ("POST", "/api/jobs/ours/stop", {}),
        ("POST", "/api/jobs/ours/resume", {"key": "r"}),
        ("DELETE", "/api/jobs/ours", None),
        ("PUT", "/api/eval-sets/ours/logs/x.eval", None),
    ):
        answer = await http.request(method, path, headers=eve, json=body)
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:hawk:Forbidden"), path
    renamed = user("ada", email="ada@new.example.com")
    assert (await http.post("/api/jobs/ours/stop", headers=renamed, json={})).status_code == 202
    impostor = user("mallory", email="ada@example.com")
    assert (await http.delete("/api/jobs/ours", headers=impostor)).status_code == 403
    assert (await http.delete("/api/jobs/ours", headers=admin)).status_code == 204


async def test_mine_are_those_of_the_same_subject(http: httpx.AsyncClient, user: User) -> None:
    await submit(http, user("ada"), "ours")
    await submit(http, user("eve"), "hers", key="k")  # a key is its user's own
    mine = await http.get("/api/jobs", params={"mine": True}, headers=user("ada", email="other@example.com"))
    assert [job["id"] for job in mine.json()["items"]] == ["ours"]


async def test_an_id_belongs_to_who_used_it_first(http: httpx.AsyncClient, user: User, stage: Stage) -> None:
    await submit(http, user("ada"))
    refused = await submit(http, user("eve"), key="other")
    assert (refused.status_code, "ada" in refused.text) == (403, False)
    assert (await http.delete("/api/jobs/ours", headers=user("ada"))).status_code == 204
    assert (await submit(http, user("eve"), key="again")).status_code == 403
    put = await http.put("/api/eval-sets/ours/logs/x.eval", content=b"x", headers=user("eve"))
    assert put.status_code == 403
    assert (await submit(http, user("ada"), key="again")).status_code == 201


async def test_what_is_not_there_is_not_found(http: httpx.AsyncClient, user: User) -> None:
    for path in ("/api/jobs/none", "/api/eval-sets/none/logs", "/api/logs/none/x.eval", "/api/samples/none"):
        answer = await http.get(path, headers=user("ada"))
        assert answer.status_code == 404, path
        assert answer.json()["type"] == "urn:hawk:NotFound"
    for name in ("%00", "a%00b", "..", "%2e%2e", "a" * 5000, "%ff", "ü", "%ed%a0%80", "a%2fb"):
        for path in (
            f"/api/jobs/{name}",
            f"/api/eval-sets/{name}/logs",
            f"/api/logs/{name}/x.eval",
            f"/api/samples/{name}",
        ):
            answer = await http.get(path, headers=user("ada"))
            assert 400 <= answer.status_code < 500, (path, answer.text)


async def test_a_refusal_is_a_row_and_a_line(
    http: httpx.AsyncClient, user: User, issuer: Issuer, caplog: pytest.LogCaptureFixture
) -> None:
    await submit(http, user("ada"))
    with caplog.at_level(logging.WARNING, "hawk"):
        await http.delete("/api/jobs/ours", headers=user("eve"))
        await http.delete("/api/jobs/ours", headers=user("eve"))
        await http.get("/api/jobs")
        await http.get("/api/jobs", headers=bearer(issuer.token(exp=1)))
        assert (await http.get("/api/denials", headers=user("eve"))).status_code == 403
    assert "refused DELETE /api/jobs/{job_id} to eve@example.com: 403" in caplog.text
    admin = user("root", "hawk-admins")
    found = await told(http, admin, 5)
    deleting = [one for one in found if one["route"].startswith("DELETE")]
    assert {
        (one["caller"], one["subject"], one["route"], one["thing"], one["status"]) for one in deleting
    } == {("eve@example.com", "sub-eve", "DELETE /api/jobs/{job_id}", "/api/jobs/ours", 403)}
    assert sum(one["times"] for one in deleting) == 2
    assert [one["caller"] for one in found if one["status"] == 401] == [None, None]
    page = (await http.get("/api/denials", params={"limit": 3}, headers=admin)).json()
    rest = (await http.get("/api/denials", params={"cursor": page["next"]}, headers=admin)).json()
    assert [one["id"] for one in page["items"] + rest["items"]] == [one["id"] for one in found]
    assert rest["next"] is None


async def told(http: httpx.AsyncClient, admin: dict[str, str], number: int) -> list[dict[str, Any]]:
    """The denials, once so many are told."""
    for _ in range(200):
        found = (await http.get("/api/denials", headers=admin)).json()["items"]
        if sum(one["times"] for one in found) >= number:
            return found
        await asyncio.sleep(0.05)
    raise AssertionError(f"{len(found)} denials, not {number}")


async def test_a_flood_of_refusals_is_few_rows(database_url: str) -> None:
    db = await Database.open(database_url)
    noting = Denials(db)
    for n in range(5_000):
        noting.note(None, "GET /x", f"/x/{n}\x00\ud800", 401, "no")
    await noting.close()
    async with db.read() as conn:
        number, times = (await conn.execute(select(func.count(), func.sum(rows.c.times)))).one()
    assert (number, times) == (denials.MOST_GATHERED + 1, 5_000)
    await db.close()


async def test_refusals_that_are_old_or_too_many_are_removed(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = await Database.open(database_url)
    monkeypatch.setattr(denials, "MOST_KEPT", 5)
    row = {"route": "r", "thing": "t", "status": 403, "why": "w"}
    async with db.write() as conn:
        await conn.execute(insert(rows), [{**row, "time": utc_now()}] * 8)
        await conn.execute(insert(rows), [{**row, "time": utc_now() - timedelta(days=100)}] * 2)
    assert await prune_denials(db) == 7
    assert await prune_denials(db) == 0
    await db.close()


class Away:
    """A database that does not answer."""

    def write(self) -> None:
        raise Unavailable("It is away.")


async def test_refusals_outlive_a_database_that_is_away(caplog: pytest.LogCaptureFixture) -> None:
    noting = Denials(Away())  # pyright: ignore[reportArgumentType]
    noting.note(None, "GET /x", "/x", 401, "no")
    await noting.close()
    assert "refused GET /x to nobody" in caplog.text
    assert "1 refusals could not be written" in caplog.text


async def test_every_change_is_a_record_of_who_asked(
    http: httpx.AsyncClient, user: User, settings: Settings
) -> None:
    await submit(http, user("ada"))
    await http.post("/api/jobs/ours/stop", headers=user("root", "hawk-admins"), json={})
    await http.delete("/api/jobs/ours", headers=user("ada"))
    folder = settings.home / "storage" / "jobs" / "ours"
    found = [json.loads(path.read_bytes()) for path in sorted(folder.glob("*-*.json"))]
    assert [(one["decision"], one["user"], one["owner"]) for one in found] == [
        ("submitted", "ada@example.com", "sub-ada"),
        ("stop", "root@example.com", "sub-root"),
        ("deleted", "ada@example.com", "sub-ada"),
    ]
