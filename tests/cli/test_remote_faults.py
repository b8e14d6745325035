"""What a command says where its server is away, is another's, or doesn't fit: a line, and what to do."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from hawk import __version__
from tests.cli.conftest import Hawk
from tests.servers.hawk import free_port
from tests.servers.stranger import Answer, self_signed, stranger

HTML = {"content-type": "text/html"}
NO_JOBS = msgspec.json.encode({"items": [], "next": None})


@pytest.fixture
def ask(hawk: Hawk, home: Path, monkeypatch: pytest.MonkeyPatch):
    """What `hawk list jobs` says against a server, as its lines."""
    monkeypatch.setattr("hawk.client.transport._PAUSES", (0.01, 0.01))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)

    def call(url: str, code: int = 1) -> list[str]:
        done = hawk("list", "jobs", "--server", url, code=code)
        assert done.out == ""
        assert "Traceback" not in done.err
        lines = done.err.splitlines()
        assert len(lines) <= 2, lines
        return lines

    return call


def test_nothing_listens(ask) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    error, fix = ask(url)
    assert error == f"error: {url} does not answer: nothing listens there."
    assert "HAWK_API_URL" in fix
    assert "--server local" in fix


def test_no_such_machine(ask) -> None:
    error, fix = ask("https://hawk.no-such-place.invalid")
    assert "no machine named hawk.no-such-place.invalid" in error
    assert "HAWK_API_URL" in fix


def test_no_url(ask) -> None:
    assert "is not the URL of a server" in ask("hawk.example.com", code=2)[0]
    assert "is not the URL of a server" in ask("ftp://hawk.example.com", code=2)[0]


def test_a_password_in_the_url(ask) -> None:
    error, fix = ask("https://ada:open-sesame@hawk.example.com", code=2)
    assert "open-sesame" not in error
    assert "hawk login" in fix


def test_it_hangs_up_without_an_answer(ask) -> None:
    with _raw(b"") as url:
        assert "cut the connection before it answered" in ask(url)[0]


def test_it_speaks_something_else(ask) -> None:
    with _raw(b"220 mail.example ESMTP\r\n") as url:
        error, fix = ask(url)
    assert "cut the connection" in error
    assert "no web server" in fix


def test_tls_where_there_is_none(ask) -> None:
    with stranger(Answer()) as server:
        error, fix = ask(server.url.replace("http:", "https:"))
    assert "does not speak TLS as it should" in error
    assert "scheme" in fix


@pytest.mark.parametrize(
    ("name", "days", "said", "fix"),
    [
        ("127.0.0.1", (-1, 1), "self-signed", "SSL_CERT_FILE"),
        ("127.0.0.1", (-9, -1), "expired", "clock"),
        ("127.0.0.1", (1, 9), "not yet valid", "clock"),
        ("other.example", (-1, 1), "mismatch", "HAWK_API_URL"),
    ],
)
def test_a_certificate_that_is_not_to_be_trusted(
    ask,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    days: tuple[int, int],
    said: str,
    fix: str,
) -> None:
    certificate = self_signed(tmp_path / "certificate.pem", name=name, days=days)
    if said != "self-signed":
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with stranger(Answer(), certificate=certificate) as server:
        error, advice = ask(server.url)
        assert server.requests == []
    assert error.startswith("error: The certificate of 127.0.0.1 is not to be trusted: ")
    assert said in error
    assert fix in advice


def test_an_authority_of_ones_own(ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = self_signed(tmp_path / "certificate.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with stranger(Answer(body=NO_JOBS), certificate=certificate) as server:
        assert ask(server.url, code=0) == [f"No jobs on {server.url}. Start one with: hawk eval-set CONFIG"]


@pytest.mark.parametrize(
    ("answer", "code", "said", "fix"),
    [
        (Answer(502, HTML, b"<html>"), 1, "server behind it is away (502 Bad Gateway)", "later"),
        (Answer(503, HTML, b"<html>"), 1, "server behind it is away (503", "later"),
        (Answer(504), 1, "server behind it is away (504", "later"),
        (Answer(407, HTML), 1, "wants a user and a password (407", "HTTP_PROXY"),
        (Answer(413, HTML), 2, "takes no request as large as this one (413", "operator"),
        (Answer(429, HTML), 1, "wants fewer requests (429", "later"),
        (Answer(401, HTML), 1, "before Hawk sees it (401", "VPN"),
        (Answer(403, HTML), 1, "before Hawk sees it (403", "VPN"),
        (Answer(301, {"location": "https://other.example/x?y"}), 1, "points to https://other.example/x?y", "https://other.example"),
        (Answer(302, {"location": "/login"}), 1, "/login", "HAWK_API_URL"),
        (Answer(200, HTML, b"<html>Welcome"), 1, "is no server of Hawk's: it answered a web page", "HAWK_API_URL"),
        (Answer(404, HTML, b"<html>"), 1, "is no server of Hawk's: it answered a web page", "HAWK_API_URL"),
        (Answer(404), 1, "is no server of Hawk's: it answered 404 Not Found", "HAWK_API_URL"),
        (Answer(200, {}, b'{"status": "ok"}'), 1, "is no server of Hawk's: it answered 200 OK", "HAWK_API_URL"),
        (Answer(299), 1, "is no server of Hawk's: it answered 299", "HAWK_API_URL"),
    ],
)  # fmt: skip
def test_an_answer_that_is_not_hawks(ask, answer: Answer, code: int, said: str, fix: str) -> None:
    with stranger(answer) as server:
        error, advice = ask(server.url, code=code)
        assert server.url in error
    assert said in error
    assert fix in advice


def test_a_redirect_is_never_followed(ask) -> None:
    with stranger(Answer(body=NO_JOBS)) as other, stranger(Answer(307, {"location": other.url})) as server:
        _, fix = ask(server.url)
        assert fix.endswith(f"set HAWK_API_URL={other.url}")
        assert other.requests == []


def test_a_proxy_that_wants_a_password(ask, monkeypatch: pytest.MonkeyPatch) -> None:
    with stranger(Answer(407)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        error, fix = ask("https://hawk.example.com")
    assert "The proxy on the way to https://hawk.example.com wants a user and a password (407)" in error
    assert "HTTPS_PROXY" in fix


def test_no_proxy_is_asked_for_this_machine(ask, monkeypatch: pytest.MonkeyPatch) -> None:
    with stranger(Answer(407)) as proxy, stranger(Answer(body=NO_JOBS)) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        assert len(ask(server.url, code=0)) == 1
        assert proxy.requests == []


@pytest.mark.parametrize(
    ("told", "said", "fix"),
    [
        ("7-9 3.1.0", f"This Hawk ({__version__}) is too old for", "Install Hawk 3.1.0 on this machine"),
        ("0-0 0.0.1", f"(0.0.1) is too old for this Hawk ({__version__})", "Ask its operator to upgrade it"),
    ],
)
@pytest.mark.parametrize("status", [200, 422])
def test_releases_too_far_apart(ask, told: str, said: str, fix: str, status: int) -> None:
    with stranger(Answer(status, {"Hawk-API": told}, b"{}")) as server:
        error, advice = ask(server.url)
    assert said in error
    assert fix in advice


def test_an_answer_of_a_shape_that_only_another_release_knows(ask) -> None:
    with stranger(Answer(200, {"Hawk-API": "1-1 9.9.9"}, b'{"items": 3}')) as server:
        error, fix = ask(server.url)
    assert f"(9.9.9) answers what this Hawk ({__version__}) can't read" in error
    assert "same release" in fix


def test_what_changes_nothing_is_asked_again_and_nothing_else_is(ask, hawk: Hawk) -> None:
    answers = iter([Answer(502), Answer(503), Answer(body=NO_JOBS)])
    with stranger(lambda _method, _path: next(answers)) as server:
        ask(server.url, code=0)
        assert len(server.requests) == 3
    problem = {"content-type": "application/problem+json"}
    body = msgspec.json.encode({"title": "t", "status": 503, "detail": "The database is away."})
    with stranger(Answer(503, problem, body)) as server:
        assert ask(server.url) == ["error: The database is away."]
        assert len(server.requests) == 1


@contextmanager
def _raw(words: bytes) -> Iterator[str]:
    """A server that says its words and hangs up."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()

        def serve() -> None:
            while True:
                try:
                    one, _ = listening.accept()
                except OSError:
                    return
                with one:
                    one.recv(4096)
                    one.sendall(words)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(5)
