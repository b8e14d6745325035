"""Whatever is sent, the answer is a problem that says what is wrong, and never a fault."""

from __future__ import annotations

import json
import warnings
from collections.abc import AsyncIterator

import httpx
import pytest
from litestar.exceptions import LitestarWarning

from hawk.client.client import HawkClient
from hawk.client.connect import connect
from hawk.errors import ServerFault
from hawk.jobs.types import Submission
from hawk.packages.platforms import this_runner
from hawk.server.app import embedded_app
from hawk.settings import Settings, load_settings
from tests.jobs.conftest import SPEC, Stage

JSON = {"content-type": "application/json"}


@pytest.fixture
def settings(tmp_path: object) -> Settings:
    return load_settings({"HAWK_HOME": f"{tmp_path}/home ü %#?", "XDG_CONFIG_HOME": f"{tmp_path}/config"})


@pytest.fixture
async def http(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with embedded_app(settings, {"local": Stage()}) as app:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://hawk") as client:
            yield client


def body(**changes: object) -> bytes:
    return json.dumps({"key": "k", "kind": "eval-set", "spec": SPEC, **changes}).encode()


BODIES = {
    "empty": b"",
    "cut short": b"{",
    "no text": b"\xff\xfe\x00",
    "a list": b"[]",
    "nested": b'{"spec":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "huge number": body(priority=2**70),
    "no number": b'{"key":"k","kind":"eval-set","spec":{"a":1e999}}',
    "half a character": b'{"key":"\\ud800","kind":"eval-set","spec":{}}',
    "name of a secret": body(secrets={"A=B": "x"}),
    "NUL in a secret": body(secrets={"A": "x\x00"}),
    "empty key": body(key=""),
    "long key": body(key="k" * 10_000),
    "unknown kind": body(kind="scan"),
    "terminal": body(terminal={"rows": 70_000, "columns": 1}),
    "a wheel's path": body(packages=[{"sha256": "../..", "filename": "../../etc/passwd"}]),
    "a wheel that isn't there": body(packages=[{"sha256": "0" * 64, "filename": "x-1-py3-none-any.whl"}]),
    **{f"{name} of a wrong type": body(**{name: [{}]}) for name in json.loads(body())},
}


@pytest.mark.parametrize("name", BODIES)
async def test_a_body_that_is_wrong_is_a_problem(http: httpx.AsyncClient, name: str) -> None:
    answer = await http.post("/api/jobs", content=BODIES[name], headers=JSON)
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert {"type", "title", "status", "detail", "instance"} <= told.keys()
    assert "Traceback" not in answer.text
    assert (await http.get("/api/jobs")).json()["items"] == []


@pytest.mark.parametrize(
    "path",
    [
        "/api/jobs/" + "a" * 10_000,
        "/api/jobs/%00",
        "/api/jobs/%ff",
        "/api/jobs/ü",
        "/api/jobs/a%0a",
        "/x",
        "/api/jobs?limit=0",
        "/api/jobs?limit=x",
        f"/api/jobs?limit={2**70}",
        "/api/jobs?search=%00",
        "/api/jobs?cursor=%ff",
        "/api/jobs?cursor=WyIyMDI2LTAxLTAxVDAwOjAwOjAwIiwieCJd",
        "/api/jobs?status=x",
        "/api/jobs?since=0001-01-01T00:00:00%2B23:59",
        f"/api/jobs/a/logs?after={2**70}",
    ],
)
async def test_an_address_that_is_wrong_is_a_problem(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path)
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.json()["status"] == answer.status_code


async def test_a_search_of_many_words_is_answered(http: httpx.AsyncClient) -> None:
    assert (await http.get("/api/jobs", params={"search": "a " * 250})).status_code == 200


async def test_a_body_that_is_too_large_is_refused_with_the_limit(http: httpx.AsyncClient) -> None:
    for content in (b" " * 100_000_000, body(lock="x" * 11_000_000)):
        answer = await http.post("/api/jobs", content=content, headers=JSON)
        assert answer.status_code == 413
        assert "10 MB" in answer.json()["detail"]


async def test_a_wheel_may_be_larger_than_a_config(http: httpx.AsyncClient) -> None:
    path = f"/api/packages/{'0' * 64}/x-1-py3-none-any.whl"
    answer = await http.put(path, content=b" " * 12_000_000)
    assert "damaged" in answer.json()["detail"]


async def test_a_wheel_that_is_not_there_names_no_place_of_the_servers(
    http: httpx.AsyncClient, settings: Settings
) -> None:
    answer = await http.get(f"/api/packages/{'0' * 64}/x-1-py3-none-any.whl")
    assert answer.status_code == 404
    assert "x-1-py3-none-any.whl" in answer.json()["detail"]
    assert "file:" not in answer.text
    assert str(settings.home) not in answer.text


async def test_a_method_that_is_not_there_is_refused(http: httpx.AsyncClient) -> None:
    answer = await http.patch("/api/jobs")
    assert (answer.status_code, answer.json()["title"]) == (405, "Method Not Allowed")
    assert "GET" in answer.headers["allow"]


async def test_a_fault_is_told_by_a_number_that_the_log_has(settings: Settings) -> None:
    class Broken(Stage):
        async def observe(self, job_id: str) -> None:
            raise ZeroDivisionError("hush")

    async with connect(settings, "local", backends={"local": Stage()}) as client:
        await client.submit(Submission(key="k", kind="eval-set", spec=SPEC))
    async with connect(settings, "local", backends={"local": Broken()}) as client:
        with pytest.raises(ServerFault, match=r"hawk\.log") as caught:
            await client.jobs()
    assert "hush" not in str(caught.value)
    number = caught.value.message.partition("fault ")[2].rstrip(").")
    log = (settings.home / "hawk.log").read_text()
    assert f"fault {number}" in log
    assert "ZeroDivisionError: hush" in log


async def test_the_runner_that_is_told_is_the_one_that_is_resolved_for(settings: Settings) -> None:
    async with connect(settings, "local", backends={"local": Stage()}) as client:
        told, this = (await client.server()).runner, this_runner()
    assert (told.python, told.platform, told.requirements) == (this.python, this.platform, this.requirements)


async def test_the_app_asks_nothing_of_the_framework_that_goes_away(settings: Settings) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)
        warnings.simplefilter("error", LitestarWarning)
        async with connect(settings, "local", backends={"local": Stage()}) as client:
            assert isinstance(client, HawkClient)
            await client.jobs()
            await client.samples()
