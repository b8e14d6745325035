"""Links to pages: where they lead, and that a browser gets them."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tests.cli.conftest import Hawk
from tests.servers.stranger import Answer, stranger

VIEWER = "https://viewer.example/hawk"


@pytest.fixture
def opened(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A browser that writes down what it is told to open."""
    pages, browser = home / "pages", home / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" >> {pages}\n')
    browser.chmod(0o755)
    monkeypatch.setenv("BROWSER", str(browser))
    monkeypatch.delenv("LOG_VIEWER_BASE_URL", raising=False)
    return pages


def test_pages_are_where_the_viewer_is(command: Hawk, opened: Path) -> None:
    env = {"LOG_VIEWER_BASE_URL": f"{VIEWER}/"}
    page = f"{VIEWER}/eval-set/simple-abc\n"
    assert command("web", "simple-abc", env=env).out == page
    assert command("web", env=env).out == page, "the last one used"
    sample = f"{VIEWER}/permalink/sample/a%2Fb\n"
    assert command("view-sample", "a/b", env=env).out == sample
    assert opened.read_text() == page + page + sample


def test_a_server_tells_where_its_viewer_is(command: Hawk, opened: Path) -> None:
    with stranger(Answer(body=msgspec.json.encode({"viewer": VIEWER}))) as server:
        done = command("view-sample", "u1", env={"HAWK_API_URL": server.url})
        assert server.requests == [("GET", "/api/web/config")]
    assert done.out == opened.read_text() == f"{VIEWER}/permalink/sample/u1\n"


def test_without_a_viewer_it_says_what_to_do(command: Hawk, opened: Path) -> None:
    done = command("web", "simple-abc", code=2)
    assert "LOG_VIEWER_BASE_URL" in done.err
    assert "hawk transcripts" in done.err
    assert not opened.exists()
