"""A server's app whose callers a header names, over logs of several owners, jobs and models."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from litestar import Litestar
from sqlalchemy import insert

from hawk.auth.caller import Caller
from hawk.backends.storage.store import Storage
from hawk.client.client import HawkClient
from hawk.importers.sync import SyncReport, sync
from hawk.server import app as apps
from hawk.server.services import Services, close_services, open_services
from hawk.settings import load_settings
from hawk.warehouse.eval_sets import claim, declare
from hawk.warehouse.tables.jobs import jobs
from tests.importers.house import header, members, sample, write_archive
from tests.jobs.conftest import Stage
from tests.results.seeding import minutes

CALLER = "x-caller"


class ByHeader:
    """Believes what the header says."""

    async def caller(self, headers: Mapping[str, str]) -> Caller | None:
        said = headers.get(CALLER)
        if said is None:
            return None
        one: dict[str, Any] = json.loads(said)
        return Caller(name=one["name"], groups=frozenset(one["groups"]), admin=one["admin"])


class Said:
    """The map that is in force, in a file as an operator writes it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.say({})

    def say(self, groups: Mapping[str, Collection[str]]) -> None:
        draft = self.path.with_suffix(".draft")
        draft.write_text(json.dumps({"models": {model: sorted(needed) for model, needed in groups.items()}}))
        draft.replace(self.path)


class SharedHouse:
    """One installation that is served."""

    def __init__(
        self, app: Litestar, services: Services, http: httpx.AsyncClient, said: Said, folder: Path
    ) -> None:
        self.app = app
        self.services = services
        self.said = said
        self.evals = folder
        self._http = http

    async def get(self, path: str, who: Caller, **query: Any) -> httpx.Response:
        said = {"name": who.name, "groups": sorted(who.groups), "admin": who.admin}
        return await self._http.get(path, params=query, headers={CALLER: json.dumps(said)})

    async def page(self, path: str, who: Caller, **query: Any) -> dict[str, Any]:
        answer = await self.get(path, who, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def client(self, who: Caller) -> HawkClient:
        said = {"name": who.name, "groups": sorted(who.groups), "admin": who.admin}
        self._http.headers[CALLER] = json.dumps(said)
        return HawkClient(self._http)

    async def job(self, job_id: str, user: str, *models: str) -> None:
        """A job as its submission enters it."""
        row = {
            "id": job_id,
            "kind": "eval-set",
            "name": job_id,
            "status": "succeeded",
            "backend": "local",
            "created_by": user,
            "launch": 1,
            "created_at": minutes(0),
            "updated_at": minutes(0),
            "log_dir": "",
        }
        async with self.services.db.write() as conn:
            await conn.execute(insert(jobs).values(row))
            await declare(conn, job_id, user, models)

    async def claim(self, eval_set: str, user: str) -> None:
        async with self.services.db.write() as conn:
            await claim(conn, eval_set, user)

    def log(self, eval_set: str, name: str, model: str, *called: str, **spec: Any) -> str:
        """Write a log with a sample for each model that it calls, beside the one of the eval."""
        samples = [
            sample(f"{name}-{number}", uuid=f"{name}-{number}", model_usage=_used(one), **_needle(number))
            for number, one in enumerate((model, *called))
        ]
        about = {"eval_id": name, "task": name, "task_id": name, "model": model, **spec}
        content = members(*samples, head=header(eval=about))
        write_archive(self.evals / eval_set / _file(name), content)
        return f"{eval_set}/{_file(name)}"

    def broken(self, eval_set: str, name: str) -> str:
        path = self.evals / eval_set / _file(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"no archive")
        return f"{eval_set}/{_file(name)}"

    async def sync(self) -> SyncReport:
        return await sync(self.services.db, Storage(self.evals.as_uri()))


def _file(name: str) -> str:
    return f"2026-01-01T00-00-00+00-00_{name}_abc.eval"


def _used(model: str) -> dict[str, Any]:
    return {model: {"input_tokens": 2, "output_tokens": 1, "total_tokens": 3}}


def _needle(number: int) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": f"the needle {number}"}]}


@asynccontextmanager
async def shared_house(folder: Path, database_url: str, **environ: str) -> AsyncIterator[SharedHouse]:
    places = {"HAWK_HOME": str(folder / "home"), "XDG_CONFIG_HOME": str(folder / "config")}
    said = Said(folder / "models.json")
    places |= {"HAWK_DATABASE_URL": database_url, "HAWK_MODELS_FILE": str(said.path)}
    services = await open_services(
        load_settings({**places, **environ}),
        embedded=False,
        backends={"local": Stage()},
        authenticator=ByHeader(),
    )
    try:
        app = apps._app(services)
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://hawk") as http:
            yield SharedHouse(app, services, http, said, folder / "home" / "storage" / "evals")
    finally:
        await close_services(services)
