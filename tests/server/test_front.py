"""What stands before the app, at a real socket, with limits that a test reaches."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import uvicorn

from hawk.auth.own_token import OwnToken
from hawk.server import protocol
from hawk.server.app import served_app
from hawk.server.front import bodies
from hawk.server.listening import listen
from hawk.server.serving import config_of
from hawk.settings import ServeSettings, load_settings
from tests.jobs.conftest import SPEC, Stage

OWN = {"Authorization": "Bearer t"}


class SlowStage(Stage):
    """A backend that answers when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()
        self.let = asyncio.Event()

    async def logs(self, job_id: str, **options: Any) -> Any:
        self.asked.set()
        await self.let.wait()
        return await super().logs(job_id, **options)


@asynccontextmanager
async def served(home: Path, stage: Stage | None = None, **changed: Any) -> AsyncIterator[httpx.AsyncClient]:
    environ = {"HAWK_HOME": str(home), "XDG_CONFIG_HOME": str(home / "config")}
    settings = msgspec.structs.replace(load_settings(environ), serve=ServeSettings(**changed))
    async with served_app(settings, OwnToken("me", "t"), backends={"local": stage or Stage()}) as app:
        server = uvicorn.Server(config_of(settings, app))
        server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign]
        with contextlib.closing(listen("127.0.0.1", 0)) as listener:
            running = asyncio.create_task(server.serve(sockets=[listener]))
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            async with httpx.AsyncClient(base_url=url, headers=OWN, timeout=60) as http:
                yield http
            server.should_exit = server.force_exit = True
            await running


async def connection(http: httpx.AsyncClient) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", http.base_url.port)


async def submitted(http: httpx.AsyncClient) -> str:
    answer = await http.post("/api/jobs", json={"key": "k", "kind": "eval-set", "spec": SPEC})
    return answer.json()["id"]


async def test_more_requests_than_it_answers_are_told_to_come_again(tmp_path: Path) -> None:
    stage = SlowStage()
    async with served(tmp_path, stage, max_requests=1) as http:
        job_id = await submitted(http)
        first = asyncio.create_task(http.get(f"/api/jobs/{job_id}/logs"))
        await stage.asked.wait()
        refused = await http.get("/api/jobs")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert refused.json()["type"] == "urn:hawk:Busy"
        assert (await http.get("/health/live")).status_code == 200
        stage.let.set()
        assert (await first).status_code == 200
        assert (await http.get("/api/jobs")).status_code == 200


async def test_an_answer_that_is_not_found_in_time_is_given_up(tmp_path: Path) -> None:
    stage = SlowStage()
    async with served(tmp_path, stage, answer_seconds=1) as http:
        answer = await http.get(f"/api/jobs/{await submitted(http)}/logs")
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:hawk:Unavailable")
        assert "answer_seconds" in answer.json()["fix"]
        assert (await http.get("/api/jobs")).status_code == 200


async def test_a_page_that_is_allowed_may_ask(tmp_path: Path) -> None:
    page = "https://dashboard.example.com"
    async with served(tmp_path, cors_origins=(page,)) as http:
        answer = await http.get("/api/jobs", headers={"Origin": page})
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, page)
        assert "access-control-allow-credentials" not in answer.headers
        asked = await http.options(
            "/api/jobs", headers={"Origin": page, "Access-Control-Request-Method": "POST"}
        )
        assert asked.status_code == 204
        assert "POST" in asked.headers["access-control-allow-methods"]
        assert "Authorization" in asked.headers["access-control-allow-headers"]
        refused = await http.get("/api/jobs", headers={"Origin": f"{page}.evil.example"})
        assert refused.status_code == 403


async def test_a_name_that_is_allowed_leads_here(tmp_path: Path) -> None:
    async with served(tmp_path, allowed_hosts=("hawk.internal",)) as http:
        assert (await http.get("/api/jobs", headers={"Host": "Hawk.Internal:8080"})).status_code == 200
        assert (
            await http.get("/api/jobs", headers={"Host": "hawk.internal.evil.example"})
        ).status_code == 403


async def test_its_own_pages_may_ask_through_a_proxy_that_speaks_tls(tmp_path: Path) -> None:
    async with served(tmp_path, allowed_hosts=("hawk.internal",)) as http:
        for origin, status in (("https://hawk.internal", 200), ("https://other.internal", 403)):
            headers = {"Host": "hawk.internal", "Origin": origin}
            assert (await http.get("/api/jobs", headers=headers)).status_code == status


@pytest.mark.parametrize("proxies", [("127.0.0.1",), ("127.0.0.0/8",), ("192.0.2.1",), ()])
async def test_only_a_proxy_that_is_trusted_says_that_it_is_tls(
    tmp_path: Path, proxies: tuple[str, ...]
) -> None:
    async with served(tmp_path, trusted_proxies=proxies) as http:
        answer = await http.get(
            "/health/live", headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": "1.2.3.4"}
        )
        trusted = bool(proxies) and proxies[0].startswith("127.")
        assert ("strict-transport-security" in answer.headers) is trusted


async def test_a_body_that_does_not_come_ends_the_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "FIRST_SECONDS", 0.2)
    monkeypatch.setattr(protocol, "LINGER_SECONDS", 0.2)
    async with served(tmp_path) as http:
        reader, writer = await connection(http)
        head = f"POST /api/jobs HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: {OWN['Authorization']}\r\n"
        writer.write(f"{head}content-type: application/json\r\ncontent-length: 100\r\n\r\n{{".encode())
        # It is answered, and nobody waits for the rest.
        answer = await reader.read()
        assert answer.startswith(b"HTTP/1.1 408")
        assert b"urn:hawk:SlowRequest" in answer
        writer.close()


async def test_a_body_that_comes_steadily_may_take_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "FIRST_SECONDS", 0.3)
    monkeypatch.setattr(bodies, "SLOWEST", 1000)

    async def steady() -> AsyncIterator[bytes]:
        for _ in range(8):
            yield b" " * 5000
            await asyncio.sleep(0.1)

    async with served(tmp_path) as http:
        answer = await http.post("/api/jobs", content=steady(), headers={"Content-Type": "application/json"})
        assert answer.status_code in {400, 422}


@pytest.mark.parametrize(
    "sent", [b"", b"GET /health/live HTTP/1.1\r\nx: y", b"GET /health/live HTTP/1.1\r\n\r\nGET"]
)
async def test_a_request_that_never_says_what_it_wants_is_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(protocol, "HEADER_SECONDS", 0.2)
    async with served(tmp_path) as http:
        reader, writer = await connection(http)
        writer.write(sent)
        async with asyncio.timeout(30):
            await reader.read()
        writer.close()


async def test_connections_that_idle_are_kept_for_the_next_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "HEADER_SECONDS", 0.2)
    async with served(tmp_path) as http:
        reader, writer = await connection(http)
        for _ in range(2):
            writer.write(b"GET /health/live HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200")
            await reader.readexactly(len(b'{"status":"ok"}'))
            await asyncio.sleep(0.4)
        writer.close()


@pytest.mark.parametrize(
    "sent", [b"\x00\xff\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01", b"GET\r\n\r\n"]
)
async def test_what_is_no_http_harms_nobody(tmp_path: Path, sent: bytes) -> None:
    async with served(tmp_path) as http:
        reader, writer = await connection(http)
        writer.write(sent)
        assert not (await reader.read()).startswith(b"HTTP/1.1 2")
        writer.close()
        assert (await http.get("/health/live")).status_code == 200
