"""Every route, asked by every kind of caller: the answer is the one that its declared permission means."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar, Router, get
from litestar.handlers import HTTPRouteHandler

from hawk.auth.caller import JobIdentity
from hawk.auth.job_tokens import JobTokens
from hawk.auth.permission import Permission, needs, permission_of
from hawk.auth.signing_keys import SigningKeys
from hawk.backends.storage.store import Storage
from hawk.errors import ServerFault
from hawk.importers.sync import sync
from hawk.server import app as apps
from hawk.server.guard import check_routes, handlers_of
from hawk.server.services import Services, close_services, open_services
from hawk.settings import Settings, load_settings
from tests.auth.conftest import bearer
from tests.auth.issuer import Issuer
from tests.importers.house import NAME, members, sample, write_archive
from tests.jobs.conftest import SPEC, Stage

NAMES = {
    "job_id": "ours",
    "eval_set_id": "ours",
    "location": f"ours/{NAME}",
    "uuid": "u1-1",
    "name": "new.eval",
    "sha256": "0" * 64,
    "filename": "x-1-py3-none-any.whl",
    "path": "openapi.json",
}
USERS = {"wrong groups": [], "right groups": ["red"], "owner": ["red"], "admin": ["hawk-admins"]}
CALLERS = ("anonymous", "expired", "another job", "own job", *USERS)
DENIED = {401, 403, 404}

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def settings(environ: dict[str, str], tmp_path: Path) -> Settings:
    map_ = tmp_path / "models.yaml"
    map_.write_text("models: {mock/m: red}")
    return load_settings({**environ, "HAWK_MODELS_FILE": str(map_)})


class House:
    """An app, its routes, and its callers: there is always the owner's job ``ours``, with a log."""

    def __init__(self, services: Services, app: Litestar, http: httpx.AsyncClient, issuer: Issuer) -> None:
        self.services = services
        self.routes = [(p, h) for p, h in handlers_of(app.routes) if isinstance(h, HTTPRouteHandler)]
        self.http = http
        self.issuer = issuer
        self.keys = map(str, itertools.count())
        self.tokens = JobTokens(SigningKeys(services.db), services.installation)
        self.headers: dict[str, dict[str, str]] = {"anonymous": {}}

    async def furnish(self) -> None:
        self.headers["expired"] = bearer(self.issuer.token(sub="owner", permissions=["red"], exp=1))
        for name, groups in USERS.items():
            self.headers[name] = bearer(self.issuer.token(sub=name, permissions=groups))
        await self.ensure_job()
        root = self.services.settings.home / "storage" / "evals"
        write_archive(root / "ours" / NAME, members(sample(1)))
        await sync(self.services.db, Storage(root.as_uri()))
        wheel = root.parent / "packages" / NAMES["sha256"] / NAMES["filename"]
        wheel.parent.mkdir(parents=True)
        wheel.write_bytes(b"a wheel")
        self.headers["another job"] = bearer(await self.tokens.for_attempt(JobIdentity("other", 1, 1)))

    async def ensure_job(self) -> None:
        """There is the job, and a token of its runner's."""
        answer = await self.http.get("/api/jobs/ours", headers=self.headers["owner"])
        if answer.status_code != 200:
            answer = await self._submit()
        job = JobIdentity("ours", answer.json()["launch"], 1)
        self.headers["own job"] = bearer(await self.tokens.for_attempt(job))

    async def _submit(self) -> httpx.Response:
        model = {"package": "inspect-ai", "items": [{"name": "mock/m"}]}
        body = {
            "key": next(self.keys),
            "kind": "eval-set",
            "spec": {**SPEC, "eval_set_id": "ours", "models": [model]},
        }
        answer = await self.http.post("/api/jobs", json=body, headers=self.headers["owner"])
        assert answer.status_code == 201, answer.text
        return answer

    async def ask(self, path: str, method: str, caller: str) -> httpx.Response:
        await self.ensure_job()
        for name, value in NAMES.items():
            for kind in ("str", "path"):
                path = path.replace(f"{{{name}:{kind}}}", value)
        assert "{" not in path, f"the test has no name for {path}"
        body: dict[str, Any] = {"json": {}} if method in {"POST", "PATCH"} else {}
        return await self.http.request(method, path, headers=self.headers[caller], **body)


@pytest.fixture
async def house(settings: Settings, issuer: Issuer) -> Any:
    services = await open_services(settings, embedded=False, backends={"local": Stage()})
    app = apps._app(services)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
        made = House(services, app, http, issuer)
        await made.furnish()
        yield made
    await close_services(services)


def means(permission: Permission, caller: str) -> int | None:
    """The status of a caller's refusal by a permission, None where there is none."""
    if caller in {"anonymous", "expired"}:
        return 401
    if permission is Permission.RUNNER or caller.endswith(" job"):
        return None if (permission, caller) == (Permission.RUNNER, "own job") else 403
    refused = {
        Permission.LOGIN: {},
        Permission.ADMIN: dict.fromkeys(USERS.keys() - {"admin"}, 403),
        Permission.VIEW: {"wrong groups": 404},
        Permission.CHANGE: {"wrong groups": 404, "right groups": 403},
    }
    return refused[permission].get(caller)


async def test_every_route_refuses_whom_its_permission_refuses(house: House) -> None:
    wrong, asked = [], set()
    for path, handler in house.routes:
        permission = permission_of(handler.opt)
        assert permission is not None, path
        asked.add(permission)
        if permission is Permission.PUBLIC:
            continue
        for method, caller in itertools.product(sorted(handler.http_methods - {"OPTIONS"}), CALLERS):
            answer = await house.ask(path, method, caller)
            expected = means(permission, caller)
            good = (
                answer.status_code not in {*DENIED, 500}
                if expected is None
                else answer.status_code == expected
            )
            if not good or (expected == 401) != ("www-authenticate" in answer.headers):
                wrong.append((method, path, permission.value, caller, answer.status_code, answer.text[:200]))
    assert wrong == []
    assert asked == set(Permission)


async def test_what_is_public_is_the_same_for_everybody(house: House) -> None:
    for path, handler in house.routes:
        if permission_of(handler.opt) is Permission.PUBLIC:
            for method in sorted(handler.http_methods - {"OPTIONS"}):
                told = {caller: (await house.ask(path, method, caller)).status_code for caller in CALLERS}
                assert len(set(told.values())) == 1, (method, path, told)


async def test_no_list_tells_of_what_a_caller_may_not_know(house: House) -> None:
    queries = {"/api/search": {"q": "q"}, "/api/compare": {"id": ["ours", "ours"]}}
    for path, handler in house.routes:
        if (
            permission_of(handler.opt) is Permission.LOGIN
            and "GET" in handler.http_methods
            and "{" not in path
        ):
            headers = house.headers["wrong groups"]
            answer = await house.http.get(path, headers=headers, params=queries.get(path))
            assert answer.status_code < 500
            assert "ours/" not in answer.text, path
            assert "mock/m" not in answer.text, path


async def test_a_refusal_of_what_is_hidden_is_the_one_of_what_is_not_there(house: House) -> None:
    for hidden, missing in (("/api/jobs/ours", "/api/jobs/none"), ("/api/samples/u1-1", "/api/samples/none")):
        one = await house.http.get(hidden, headers=house.headers["wrong groups"])
        other = await house.http.get(missing, headers=house.headers["wrong groups"])
        told = [
            {name: str(value).replace("ours", "none").replace("u1-1", "none") for name, value in body.items()}
            for body in (one.json(), other.json())
        ]
        assert told[0] == told[1]


async def test_methods_are_told_without_a_login(house: House) -> None:
    answer = await house.http.request("OPTIONS", "/api/jobs")
    assert (answer.status_code, "GET" in answer.headers["allow"]) == (204, True)


def test_a_route_without_a_permission_stops_the_server() -> None:
    @get("/api/open")
    async def open_to_all() -> None: ...

    @get("/api/things", opt=needs(Permission.VIEW))
    async def of_nothing() -> None: ...

    for handler, said in ((open_to_all, "declares no permission"), (of_nothing, "names nothing")):
        with pytest.raises(ServerFault, match=said):
            check_routes(Litestar([Router("/", route_handlers=[handler])], openapi_config=None).routes)
