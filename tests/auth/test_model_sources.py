"""Where the map of models comes from: files, and a server that may change it, refuse it or be down."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hawk.auth.model_maps import ModelMaps
from hawk.backends.models.file import FileModels
from hawk.backends.models.http import HttpModels
from hawk.backends.models.listing import KINDS, kind_of, read_listing
from hawk.errors import HawkError, InvalidConfig, Unavailable
from hawk.plugins import model_source
from hawk.settings import load_settings

YAML = b"models: {a: g, b: [g, h], c: []}\ngroups: {h: [a], i: [d]}\n"
TOML = b'[models]\na = "g"\nb = ["g", "h"]\nc = []\n[groups]\nh = ["a"]\ni = ["d"]\n'
JSON = b'{"models": {"a": "g", "b": ["g", "h"], "c": []}, "groups": {"h": ["a"], "i": ["d"]}}'
MEANT = {"a": {"g", "h"}, "b": {"g", "h"}, "c": set(), "d": {"i"}}


@pytest.mark.parametrize(
    ("name", "data"), [("m.yaml", YAML), ("m.yml", YAML), ("m.toml", TOML), ("m.JSON", JSON)]
)
async def test_a_file_of_any_kind(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    source = FileModels(path)
    found = await source.read(None)
    assert found is not None
    assert dict(found.groups) == MEANT
    assert await source.read(found.version) is None
    path.write_bytes(data + b"\n")
    assert await source.read(found.version) is not None


@pytest.mark.parametrize(
    ("kind", "data", "told"),
    [
        (".yaml", b"models: [a]", "object"),
        (".yaml", b"models: {a: 1}", "models"),
        (".yaml", b"modles: {}", "modles"),
        (".yaml", b"{", "not valid"),
        (".yaml", b"\xff\xfe\x00", "not valid"),
        (".yaml", b"", "object"),
        (".toml", b"= 1", "not valid"),
        (".json", b"{", "not valid"),
        (".json", b"[" * 100_000, "not valid"),
        (".json", b'{"groups": {"g": "a"}}', "groups"),
    ],
)
def test_what_is_wrong_with_a_map_is_told(kind: str, data: bytes, told: str) -> None:
    with pytest.raises(InvalidConfig, match=told):
        read_listing(data, "here", kind)


@given(st.binary(max_size=60), st.sampled_from(KINDS))
def test_any_bytes_are_a_map_or_told_to_be_none(data: bytes, kind: str) -> None:
    try:
        found = read_listing(data, "here", kind)
    except InvalidConfig:
        return
    assert all(isinstance(groups, frozenset) for groups in found.groups.values())


def test_a_file_of_another_kind_is_refused() -> None:
    with pytest.raises(InvalidConfig, match="ends in"):
        kind_of("models.csv")


async def test_no_file_no_model(tmp_path: Path) -> None:
    maps = ModelMaps(FileModels(tmp_path / "none.yaml"))
    assert (await maps.current()).groups_of("a") is None
    assert "can't be read" in (maps.status.error or "")
    (tmp_path / "none.yaml").write_text("models: {a: g}")
    assert (await maps.current()).groups_of("a") == {"g"}
    assert maps.status.error is None


class Server:
    """Answers with what a test says, and remembers what it was asked."""

    def __init__(self) -> None:
        self.answer: tuple[int, dict[str, str], bytes] = (200, {}, JSON)
        self.asked: list[dict[str, str]] = []
        self.slow = 0.0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(dict(self.headers))
                time.sleep(outer.slow)
                status, headers, body = outer.answer
                etag = headers.get("ETag")
                if etag and self.headers.get("If-None-Match") == etag:
                    status, body = 304, b""
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/groups?key=hidden"
        Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    found = Server()
    yield found
    found.close()


def source(server: Server, seconds: float = 0.0, timeout: float = 5.0, **options: Any) -> HttpModels:
    given_: dict[str, Any] = {"token": "", "token_file": None, **options}
    return HttpModels(server.url, seconds=seconds, timeout=timeout, **given_)


async def test_a_server_is_asked_with_its_bearer_and_its_etag(server: Server) -> None:
    server.answer = (200, {"ETag": '"1"'}, JSON)
    maps = ModelMaps(source(server, token="bearer-1"))
    assert (await maps.current()).groups_of("d") == {"i"}
    assert (await maps.current()).groups_of("d") == {"i"}
    assert [asked.get("If-None-Match") for asked in server.asked] == [None, '"1"']
    assert {asked["Authorization"] for asked in server.asked} == {"Bearer bearer-1"}
    server.answer = (200, {"ETag": '"2"', "Content-Type": "application/yaml"}, b"models: {d: j}")
    assert (await maps.current()).groups_of("d") == {"j"}


async def test_a_token_from_a_file_is_read_each_time(server: Server, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("one\n")
    asked = source(server, token_file=token)
    await asked.read(None)
    token.write_text("two\n")
    await asked.read(None)
    assert [one["Authorization"] for one in server.asked] == ["Bearer one", "Bearer two"]
    token.unlink()
    with pytest.raises(InvalidConfig, match="token_file"):
        await asked.read(None)


@pytest.mark.parametrize(
    "answer", [(500, {}, b"secret"), (401, {}, b""), (302, {"Location": "/"}, b""), (200, {}, b"<html>")]
)
async def test_the_last_good_map_stays_in_force(
    server: Server, answer: tuple[int, dict[str, str], bytes], caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("", "httpx", "httpcore"):
        caplog.set_level(logging.WARNING, logger=name)  # As servers log, whatever a test before this one set.
    maps = ModelMaps(source(server, token="hush"))
    assert (await maps.current()).groups_of("d") == {"i"}
    before = maps.status
    server.answer = answer
    assert (await maps.current()).groups_of("d") == {"i"}
    assert maps.status.error
    assert maps.status.read_at == before.read_at
    for secret in ("hush", "hidden", "secret"):
        assert secret not in json.dumps(maps.status.error) + caplog.text
    server.answer = (200, {}, JSON)
    await maps.current()
    assert maps.status.error is None


async def test_a_slow_or_dead_server_holds_nobody_up(server: Server) -> None:
    """A map that is old is used until a newer one is there; a first one is waited for, so long."""
    maps = ModelMaps(source(server, seconds=0.05, timeout=0.5))
    assert (await maps.current()).groups_of("d") == {"i"}
    server.slow = 10.0
    await asyncio.sleep(0.1)
    asked = asyncio.ensure_future(maps.current())
    done, _ = await asyncio.wait([asked], timeout=0.4)
    assert done
    assert asked.result().groups_of("d") == {"i"}
    none = source(server, seconds=5.0, timeout=0.2)
    with pytest.raises(Unavailable, match="can't be had from http"):
        await none.read(None)


def test_a_map_comes_from_one_place(tmp_path: Path) -> None:
    def settings(**environ: str) -> Any:
        home = {"HAWK_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
        return load_settings({**home, **environ})

    assert model_source(settings()) is None
    assert isinstance(model_source(settings(HAWK_MODELS_FILE="m.yaml")), FileModels)
    url = {"HAWK_MODELS_URL": "https://u:p@host/x?k=1", "HAWK_MODELS_TOKEN": "t"}
    found = model_source(settings(**url))
    assert found is not None
    assert found.place == "https://host/x"
    with pytest.raises(InvalidConfig, match="one place"):
        model_source(settings(HAWK_MODELS_FILE="m.yaml", **url))
    (tmp_path / "hawk").mkdir()
    (tmp_path / "hawk" / "hawk.toml").write_text('[models]\nfile = "near.toml"\n')
    near = model_source(settings())
    assert near is not None
    assert near.place == str(tmp_path / "hawk" / "near.toml")
    (tmp_path / "hawk" / "hawk.toml").write_text('[models]\nplugin = "none"\n')
    with pytest.raises(HawkError, match="There is no source of models 'none'"):
        model_source(settings())
