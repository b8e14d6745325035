"""The command line against an API whose answers the test decides, in this process or as a real command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from hawk.backends.execution.protocol import Capabilities
from hawk.cli.main import run
from hawk.client.client import HawkClient
from hawk.jobs.types import BackendInfo, Counts, JobDetail, JobStatus, RunnerInfo, ServerInfo
from hawk.settings import Settings

HAWK = Path(sys.executable).parent / "hawk"
NOON = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)


def job(job_id: str = "simple-abc", status: JobStatus = JobStatus.RUNNING, **more: Any) -> JobDetail:
    """A job as the API shows it."""
    values = {
        "kind": "eval-set",
        "name": "simple",
        "backend": "local",
        "created_by": "ada",
        "launch": 1,
        "attempt": 1,
        "created_at": NOON,
        "samples": Counts(done=3, total=10),
        "log_dir": "/logs/simple-abc",
    }
    return JobDetail(id=job_id, status=status, **{**values, **more})


def server_info(**more: Any) -> ServerInfo:
    values: dict[str, Any] = {
        "version": "0.1.0",
        "api_version": 1,
        "location": "this machine",
        "installation": "i",
        "embedded": True,
        "default_backend": "local",
        "backends": (BackendInfo("local", Capabilities(terminal=True)),),
        "runner": RunnerInfo("3.11", "", ()),
    }
    return ServerInfo(**{**values, **more})


@dataclass(frozen=True)
class Done:
    """What a command did."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


class Api:
    """Answers by method and path; several answers are given in turn, the last one for ever."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], list[Any]] = {}
        self.requests: list[httpx.Request] = []
        self.urls: list[str | None] = []
        self.on("GET", "/api/server", server_info())

    def on(self, method: str, path: str, *answers: Any) -> None:
        self.answers[method, path] = list(answers)

    def job(self, *states: JobDetail) -> None:
        self.on("GET", f"/api/jobs/{states[0].id}", *states)

    def asked(self, method: str, path: str) -> list[httpx.Request]:
        return [one for one in self.requests if (one.method, one.url.path) == (method, path)]

    def body(self, method: str, path: str) -> Any:
        return json.loads(self.asked(method, path)[-1].content)

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answers = self.answers.get((request.method, request.url.path))
        if answers is None:
            return problem("NotFound", 404, f"There is no {request.url.path}.")
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if callable(answer):
            answer = answer(request)
        if isinstance(answer, httpx.Response):
            return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(200, content=msgspec.json.encode(answer))


def problem(kind: str, status: int, detail: str, **more: Any) -> httpx.Response:
    body = {"type": f"urn:hawk:{kind}", "title": kind, "status": status, "detail": detail, **more}
    headers = {"content-type": "application/problem+json"}
    return httpx.Response(status, headers=headers, content=msgspec.json.encode(body))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user who never used Hawk, in an empty working folder."""
    for name in [name for name in os.environ if name.startswith(("HAWK_", "INSPECT_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HAWK_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return tmp_path


@pytest.fixture
def api(home: Path, monkeypatch: pytest.MonkeyPatch) -> Api:
    """Every command of this process speaks to this API, whatever server it means."""
    made = Api()

    @asynccontextmanager
    async def connect(
        settings: Settings, server: str | None = None, backend: str | None = None, backends: object = None
    ) -> AsyncIterator[HawkClient]:
        from hawk.client.connect import remote_url

        made.urls.append(remote_url(settings, server, backend))
        transport = httpx.MockTransport(made.handle)
        async with httpx.AsyncClient(transport=transport, base_url="http://hawk") as http:
            yield HawkClient(http)

    monkeypatch.setattr("hawk.cli.session.connect", connect)
    monkeypatch.setattr("hawk.cli.following.HERE_SECONDS", 0.01)
    monkeypatch.setattr("hawk.cli.following.AWAY_SECONDS", 0.01)
    return made


Hawk = Callable[..., Done]


@pytest.fixture
def hawk(capsys: pytest.CaptureFixture[str]) -> Hawk:
    """Run a command line in this process."""

    def call(*args: str | Path, code: int | None = 0) -> Done:
        capsys.readouterr()
        got = run([str(arg) for arg in args])
        captured = capsys.readouterr()
        assert code is None or got == code, (got, captured)
        return Done(got, captured.out, captured.err)

    return call


@pytest.fixture
def command(home: Path) -> Hawk:
    """Run a command line as the installed command."""

    def call(*args: str | Path, code: int | None = 0, env: Mapping[str, str] | None = None) -> Done:
        child = subprocess.run(
            [HAWK, *map(str, args)],
            env={**os.environ, **(env or {})},
            cwd=home / "work",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert code is None or child.returncode == code, child
        return Done(child.returncode, child.stdout, child.stderr)

    return call


def page(items: Iterable[Any], cursor: str | None = None) -> dict[str, Any]:
    return {"items": list(items), "next": cursor}
