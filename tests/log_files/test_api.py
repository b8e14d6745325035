"""Logs by HTTP: parts and versions of files, and what is never taken in or given out."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from hawk.client.client import HawkClient
from hawk.errors import Conflict, UsageFault
from hawk.jobs.types import Submission
from hawk.server.app import embedded_app
from hawk.settings import Settings, load_settings
from tests.importers.house import NAME, header, members, sample, write_archive
from tests.jobs.conftest import SPEC, Stage

PATH = f"/api/eval-sets/set/logs/{NAME}".replace("+", "%2B")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"HAWK_HOME": f"{tmp_path}/home ü %#", "XDG_CONFIG_HOME": f"{tmp_path}/config"})


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
async def http(settings: Settings, stage: Stage) -> AsyncIterator[httpx.AsyncClient]:
    async with embedded_app(settings, {"local": stage}) as app:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://hawk") as client:
            yield client


@pytest.fixture
def content(tmp_path: Path) -> bytes:
    return write_archive(tmp_path / NAME, members(sample("a"), head=header())).read_bytes()


@pytest.fixture
async def log(http: httpx.AsyncClient, content: bytes) -> str:
    """The path of a log that is there."""
    assert (await http.put(PATH, content=content)).json()["added"] is True
    return f"/api/logs/set/{NAME}".replace("+", "%2B")


async def pieces(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 100):
        yield content[start : start + 100]


async def test_a_log_comes_back_byte_for_byte(http: httpx.AsyncClient, log: str, content: bytes) -> None:
    answer = await http.get(log)
    assert (answer.status_code, answer.content) == (200, content)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["accept-ranges"] == "bytes"
    assert int(answer.headers["content-length"]) == len(content)
    (listed,) = (await http.get("/api/eval-sets/set/logs")).json()["items"]
    assert (listed["log"], listed["size"]) == (f"set/{NAME}", len(content))


@pytest.mark.parametrize(
    ("wanted", "part"),
    [("0-0", slice(0, 1)), ("5-9", slice(5, 10)), ("7-", slice(7, None)), ("-4", slice(-4, None))],
)
async def test_a_part_of_a_log(
    http: httpx.AsyncClient, log: str, content: bytes, wanted: str, part: slice
) -> None:
    answer = await http.get(log, headers={"Range": f"bytes={wanted}"})
    assert (answer.status_code, answer.content) == (206, content[part])
    start = part.indices(len(content))[0]
    last = start + len(content[part]) - 1
    assert answer.headers["content-range"] == f"bytes {start}-{last}/{len(content)}"


@pytest.mark.parametrize("wanted", ["bytes=9-5", "bytes=0-1,3-4", "lines=1-2", "bytes=-", "bytes=x-1"])
async def test_what_is_no_range_is_the_whole_log(
    http: httpx.AsyncClient, log: str, content: bytes, wanted: str
) -> None:
    answer = await http.get(log, headers={"Range": wanted})
    assert (answer.status_code, answer.content) == (200, content)


@pytest.mark.parametrize("wanted", ["bytes=99999999-", "bytes=-0"])
async def test_a_part_behind_the_end_is_refused(http: httpx.AsyncClient, log: str, wanted: str) -> None:
    assert (await http.get(log, headers={"Range": wanted})).status_code == 416


async def test_a_version_that_is_gone_is_refused(
    http: httpx.AsyncClient, log: str, content: bytes, settings: Settings
) -> None:
    etag = (await http.get(log)).headers["etag"]
    path = settings.home / "storage/evals/set" / NAME
    write_archive(path, members(sample("a"), sample("b"), head=header()))
    refused = await http.get(log, headers={"If-Match": etag, "Range": "bytes=0-3"})
    assert (refused.status_code, refused.json()["title"]) == (412, "Changed meanwhile")
    whole = await http.get(log, headers={"If-Range": etag, "Range": "bytes=0-3"})
    assert (whole.status_code, whole.content) == (200, path.read_bytes())


async def test_the_hash_of_a_log(http: httpx.AsyncClient, log: str, content: bytes) -> None:
    answer = await http.get(log, headers={"Want-Repr-Digest": "sha-256=3"})
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    assert answer.headers["repr-digest"] == f"sha-256=:{digest}:"


@pytest.mark.parametrize(
    "path",
    [
        "set/other.eval",
        "set",
        "set/",
        "../instance.json",
        "set/../../instance.json",
        "set/%2e%2e/%2e%2e/instance.json",
        "%2Fetc/x.eval",
        "set/.models.json",
        "set/x.fast.eval",
        "set/%00.eval",
        "set/" + "x" * 300 + ".eval",
    ],
)
async def test_nothing_but_logs_is_given_out(http: httpx.AsyncClient, log: str, path: str) -> None:
    answer = await http.get(f"/api/logs/{path}")
    assert answer.status_code in {400, 404}, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "name", ["x.txt", "x.fast.eval", ".x.eval", "logs.json", "..", "%00.eval", "x" * 300]
)
async def test_names_that_no_log_has_are_refused(http: httpx.AsyncClient, content: bytes, name: str) -> None:
    answer = await http.put(f"/api/eval-sets/set/logs/{name}", content=content)
    assert 400 <= answer.status_code < 500, answer.text


@pytest.mark.parametrize("name", ["..", ".x", "-x", "a b", "x" * 101, "a%2Fb", "x%0A"])
async def test_eval_sets_that_there_can_not_be_are_refused(
    http: httpx.AsyncClient, content: bytes, name: str, settings: Settings
) -> None:
    answer = await http.put(f"/api/eval-sets/{name}/logs/x.eval", content=content)
    assert 400 <= answer.status_code < 500, answer.text
    assert list((settings.home / "storage").rglob("*.eval")) == []


async def test_what_is_no_log_is_not_kept(http: httpx.AsyncClient, settings: Settings) -> None:
    for body in (b"", b"no log", b"PK\x05\x06" + b"\0" * 18):
        answer = await http.put(PATH, content=body)
        assert answer.status_code == 400, answer.text
        assert "no log that can be read" in answer.json()["detail"]
    assert list((settings.home / "storage").rglob("*.eval")) == []
    assert list((settings.home / "uploads").iterdir()) == []


async def test_what_a_killed_upload_left_goes_with_a_later_one(
    http: httpx.AsyncClient, settings: Settings, content: bytes
) -> None:
    for name, age in (("old", 2 * 86_400), ("new", 60)):
        draft = settings.home / "uploads" / name
        draft.mkdir(parents=True)
        (draft / "x.eval").touch()
        os.utime(draft, (time.time() - age,) * 2)
    await http.put(PATH, content=content)
    assert [left.name for left in (settings.home / "uploads").iterdir()] == ["new"]


async def test_of_many_that_come_at_once_one_stays(http: httpx.AsyncClient, tmp_path: Path) -> None:
    bodies = [
        write_archive(tmp_path / f"{n}.eval", members(sample(f"s{n}"), head=header())).read_bytes()
        for n in range(12)
    ]
    answers = await asyncio.gather(*(http.put(PATH, content=pieces(body)) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 11]
    winner = next(n for n, answer in enumerate(answers) if answer.status_code == 200)
    assert (await http.get(f"/api/logs/set/{NAME}".replace("+", "%2B"))).content == bodies[winner]


async def test_an_eval_set_that_a_job_writes_to_is_refused_until_the_job_ends(
    http: httpx.AsyncClient, stage: Stage, content: bytes
) -> None:
    client = HawkClient(http)
    job = await client.submit(Submission(key="k", kind="eval-set", spec=SPEC))
    stage.show(job.id, state="running")
    with pytest.raises(Conflict, match=f"The job {job.id} is running and writes its logs there"):
        await client.take_log(job.id, NAME, len(content), pieces(content))
    stage.show(job.id, state="succeeded")
    taken = await client.take_log(job.id, NAME, len(content), pieces(content))
    assert taken.added


async def test_a_log_that_grows_past_a_piece_is_fetched_whole(
    http: httpx.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hawk.client.client.PIECE", 100)
    big = write_archive(tmp_path / NAME, members(*(sample(n) for n in range(20)), head=header())).read_bytes()
    client = HawkClient(http)
    await client.take_log("set", NAME, len(big), pieces(big))
    got = b"".join([piece async for piece in client.log_bytes(f"set/{NAME}")])
    assert got == big
    with pytest.raises(UsageFault, match="not the name of a log"):
        await client.take_log("set", "x.txt", len(big), pieces(big))


def test_a_large_log_passes_through_little_memory(tmp_path: Path) -> None:
    """In a process of its own: what tests before left in this one (nest_asyncio's tasks) keeps frames."""
    command = [sys.executable, "-m", "tests.log_files.large_log", str(tmp_path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    size, got, peak = map(int, done.stdout.split())
    assert (got, size > 40_000_000) == (size, True)
    assert peak < 12_000_000, peak
