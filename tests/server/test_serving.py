"""`hawk serve` as a process: what it tells, whom it answers, and how it begins and ends."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.servers.hawk import HAWK, HawkServer

PATIENCE = 60.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HawkServer]:
    with HawkServer(tmp_path_factory.mktemp("serve"), args=("--no-worker",)) as running:
        yield running


@pytest.fixture(scope="module")
def http(server: HawkServer) -> Iterator[httpx.Client]:
    with server.http() as client:
        yield client


def until(condition: Callable[[], Any], what: object = "") -> Any:
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, what
        time.sleep(0.02)
    return found


def lines(server: HawkServer) -> list[dict[str, Any]]:
    """Its log, without what it says to a person."""
    return [json.loads(line) for line in server.log.read_text().splitlines() if line.startswith("{")]


def hawk(server: HawkServer, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [HAWK, *args],
        env={**server.env, **env},
        cwd=server.folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_it_says_where_it_answers_and_what_to_type_next(server: HawkServer) -> None:
    said = server.log.read_text()
    assert f"Hawk answers at {server.url}" in said
    assert f"HAWK_API_URL={server.url} hawk list jobs" in said


def test_a_command_of_the_same_user_finds_the_token_by_itself(server: HawkServer) -> None:
    done = hawk(server, "list", "jobs", "--json", HAWK_API_URL=server.url)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["items"] == []
    named = hawk(server, "list", "jobs", HAWK_API_URL=f"http://localhost:{server.port}")
    assert named.returncode == 0, named.stderr


def test_the_token_is_for_its_user_alone(server: HawkServer) -> None:
    (kept,) = (server.home / "serve").glob("*.token")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert server.token
    assert server.token not in server.log.read_text()


@pytest.mark.parametrize(
    "given", [None, "Bearer", "Bearer x", "Basic {token}", "{token}", "Bearer {token}x", "Bearer \xff"]
)
def test_who_does_not_have_the_token_is_refused(server: HawkServer, given: str | None) -> None:
    headers = {} if given is None else {"Authorization": given.format(token=server.token).encode("latin-1")}
    answer = httpx.get(f"{server.url}/api/jobs", headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")


def test_a_command_of_somebody_else_is_told_what_is_missing(server: HawkServer, tmp_path: Path) -> None:
    done = hawk(server, "list", "jobs", HAWK_API_URL=server.url, HAWK_HOME=str(tmp_path))
    assert done.returncode == 1
    assert "HAWK_ACCESS_TOKEN" in done.stderr


def test_a_token_that_others_can_read_is_not_used(server: HawkServer, tmp_path: Path) -> None:
    kept = tmp_path / "serve" / f"127.0.0.1-{server.port}.token"
    kept.parent.mkdir()
    kept.write_text(f"{server.token}\n")
    kept.chmod(0o644)
    assert hawk(server, "list", "jobs", HAWK_API_URL=server.url, HAWK_HOME=str(tmp_path)).returncode == 1
    kept.chmod(0o600)
    assert hawk(server, "list", "jobs", HAWK_API_URL=server.url, HAWK_HOME=str(tmp_path)).returncode == 0


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example:80", "localhost.evil.example", "", "[::2]:80"]
)
def test_another_name_that_leads_here_is_refused(http: httpx.Client, host: str) -> None:
    answer = http.get("/api/jobs", headers={"Host": host})
    assert answer.status_code in {400, 403}
    assert http.get("/health/live", headers={"Host": "10.0.0.1"}).status_code == 200


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost:1"]
)
def test_a_page_of_elsewhere_is_refused_though_it_had_the_token(http: httpx.Client, origin: str) -> None:
    answer = http.post("/api/jobs", headers={"Origin": origin}, json={})
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers
    asked = http.options("/api/jobs", headers={"Origin": origin, "Access-Control-Request-Method": "POST"})
    assert "access-control-allow-origin" not in asked.headers


def test_its_own_pages_may_ask(server: HawkServer, http: httpx.Client) -> None:
    assert http.get("/api/jobs", headers={"Origin": server.url}).status_code == 200


def test_a_request_keeps_the_id_that_it_came_with(server: HawkServer, http: httpx.Client) -> None:
    answer = http.get("/api/jobs/none-such?search=private", headers={"X-Request-ID": "from-the-proxy.1"})
    assert answer.headers["x-request-id"] == "from-the-proxy.1"
    (line,) = until(lambda: [one for one in lines(server) if one.get("request_id") == "from-the-proxy.1"])
    told = {name: line[name] for name in ("message", "method", "path", "status", "job_id", "level")}
    assert told == {
        "message": "request",
        "method": "GET",
        "path": "/api/jobs/none-such",
        "status": 404,
        "job_id": "none-such",
        "level": "info",
    }
    assert line["seconds"] >= 0
    assert "private" not in server.log.read_text()


def test_probes_that_find_all_well_are_no_lines_of_the_log(server: HawkServer, http: httpx.Client) -> None:
    http.get("/health/live", headers={"X-Request-ID": "probe.1"})
    http.get("/api/jobs", headers={"X-Request-ID": "behind-the-probe"})
    until(lambda: "behind-the-probe" in server.log.read_text())
    assert "probe.1" not in server.log.read_text()


@pytest.mark.parametrize("given", ["", "a b", "x" * 200, 'quote"', "<b>"])
def test_an_id_that_is_none_is_replaced(http: httpx.Client, given: str) -> None:
    answer = http.get("/health/live", headers={"X-Request-ID": given})
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["x-request-id"])


@pytest.mark.parametrize("path", ["/api/jobs", "/api/nothing", "/health/live", "/api/docs"])
def test_every_answer_has_the_headers_that_protect_a_browser(http: httpx.Client, path: str) -> None:
    headers = http.get(path).headers
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"] == "no-store"
    assert "strict-transport-security" not in headers
    assert "server" not in headers


def test_the_page_of_the_api_loads_nothing_of_elsewhere(http: httpx.Client) -> None:
    page = httpx.get(f"{http.base_url}/api/docs").text
    assert "/api/jobs/{job_id}/stop" in page
    assert 'id="Submission"' in page
    assert not re.search(r"<script|<link|<img|https?://", page)


def test_a_body_that_is_too_large_is_refused_over_a_socket_too(http: httpx.Client) -> None:
    answer = http.post("/api/jobs", content=b" " * 100_000_000, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
    assert "10 MB" in answer.json()["detail"]

    def endless() -> Iterator[bytes]:
        while True:
            yield b" " * 65536

    # Without a length it is read until it is too much; what comes then may meet a closed connection.
    with suppress(httpx.TransportError):
        answer = http.post("/api/jobs", content=endless(), headers={"Content-Type": "application/json"})
        assert answer.status_code == 413
    assert http.get("/health/live").status_code == 200


def test_an_upload_that_breaks_off_leaves_nothing(server: HawkServer) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as one:
        head = f"PUT /api/eval-sets/broken/logs/x.eval HTTP/1.1\r\nhost: 127.0.0.1:{server.port}\r\n"
        head += f"authorization: Bearer {server.token}\r\ncontent-length: 1000000\r\n\r\n"
        one.sendall(head.encode() + b"x" * 300_000)
        uploads = server.home / "uploads"
        until(lambda: uploads.exists() and any(uploads.iterdir()))
    until(lambda: not any(uploads.iterdir()), "the draft stays")
    assert not (server.home / "storage" / "evals" / "broken").exists()


def test_headers_that_never_end_are_cut_off(server: HawkServer) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as one:
        one.sendall(b"GET /health/live HTTP/1.1\r\nx: ")
        got = b""
        for _ in range(64):
            try:
                one.sendall(b"x" * 8192)
            except OSError:
                break
        try:
            got = one.recv(100)
        except ConnectionError:
            return
    assert not got or got.startswith(b"HTTP/1.1 431")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.com"])
def test_without_logins_it_listens_for_this_machine_alone(tmp_path: Path, host: str) -> None:
    refused = HawkServer(tmp_path, args=("--host", host))
    assert refused.spawn().wait(PATIENCE) == 2
    assert "HAWK_AUTH_ISSUER" in refused.log.read_text()


def test_a_port_that_is_taken_is_told(server: HawkServer, tmp_path: Path) -> None:
    second = HawkServer(tmp_path, port=server.port)
    assert second.spawn().wait(PATIENCE) == 1
    said = second.log.read_text()
    assert f"Something listens at 127.0.0.1:{server.port} already." in said
    assert "--port" in said


def test_a_database_of_a_newer_hawk_is_told(tmp_path: Path, new_postgres_url: str) -> None:
    empty = HawkServer(tmp_path, env={"HAWK_DATABASE_URL": new_postgres_url})
    assert empty.spawn().wait(PATIENCE) == 1
    assert "hawk db upgrade" in empty.log.read_text()


def test_sigterm_ends_it_after_what_it_answers(tmp_path: Path) -> None:
    with HawkServer(tmp_path, args=("--no-worker",)) as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as one:
            body = json.dumps({"key": "k", "kind": "eval-set", "spec": {}}).encode()
            head = f"POST /api/jobs HTTP/1.1\r\nhost: 127.0.0.1:{server.port}\r\n"
            head += f"authorization: Bearer {server.token}\r\ncontent-type: application/json\r\n"
            head += f"content-length: {len(body)}\r\n\r\n"
            one.sendall(head.encode() + body[:5])
            until(lambda: psutil.Process(server.process.pid).net_connections())
            server.process.send_signal(signal.SIGTERM)
            until(lambda: any(line["message"] == "ending" for line in lines(server)))
            one.sendall(body[5:])
            assert one.recv(100).startswith(b"HTTP/1.1 422")
        assert server.process.wait(PATIENCE) == 0


def worker_of(server: HawkServer) -> psutil.Process | None:
    for child in psutil.Process(server.process.pid).children():
        with suppress(psutil.Error):  # It may end meanwhile.
            if "hawk.worker" in child.cmdline():
                return child
    return None


def test_its_worker_is_started_again_and_ends_with_it(tmp_path: Path) -> None:
    with HawkServer(tmp_path) as server:
        first = until(lambda: worker_of(server))
        first.send_signal(signal.SIGKILL)
        second = until(lambda: (found := worker_of(server)) and found.pid != first.pid and found)
        (line,) = [one for one in lines(server) if one["message"] == "worker-ended"]
        assert line["exit_code"] == -9
        until(lambda: any(one["logger"] == "hawk.worker" for one in lines(server)))
        assert server.stop() == 0
        assert not psutil.pid_exists(second.pid) or second.status() == psutil.STATUS_ZOMBIE


def test_its_worker_ends_though_the_server_is_killed(tmp_path: Path) -> None:
    with HawkServer(tmp_path) as server:
        worker = until(lambda: worker_of(server))
        until(lambda: any(one["message"] == "started" for one in lines(server)))
        server.kill()
        assert psutil.wait_procs([worker], PATIENCE)[0]


def test_it_takes_a_free_port_where_it_is_told_to(tmp_path: Path) -> None:
    server = HawkServer(tmp_path, args=("--no-worker",))
    server.port = 0
    server.spawn()
    try:
        said = until(lambda: re.search(r"answers at (http://127\.0\.0\.1:\d+)", server.log.read_text()))
        assert httpx.get(f"{said[1]}/health/live").status_code == 200
    finally:
        server.kill()


def test_a_terminal_is_told_the_token(tmp_path: Path) -> None:
    import pexpect

    server = HawkServer(tmp_path)
    child = pexpect.spawn(
        HAWK,
        ["serve", "--no-worker", "--port", str(server.port)],
        env={**server.env, "TERM": "xterm"} | {"NO_COLOR": "1"},
        cwd=str(tmp_path),
        timeout=PATIENCE,
        encoding="utf-8",
    )
    child.expect(r"Authorization: Bearer (\S+)")
    assert child.match[1] == server.token
    os.kill(child.pid, signal.SIGINT)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
