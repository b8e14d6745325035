"""Logs as files: whole or not at all, and what is there already stays."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from hawk.log_files.types import LogFile, LogFileList
from tests.cli.conftest import NOON, Api, Hawk
from tests.cli.test_import import log

NAMES = ("first.eval", "second.eval")


@pytest.fixture
def logs(hawk: Hawk, home: Path) -> Path:
    """An eval set ``runs`` of two logs on this machine."""
    for number, name in enumerate(NAMES):
        log(Path("source") / name, eval_id=f"e{number}", task_id=f"t{number}")
    hawk("import", "source", "--eval-set", "runs")
    return Path("source")


def test_all_logs_of_an_eval_set(hawk: Hawk, logs: Path) -> None:
    done = hawk("download")
    assert done.out == "runs\n"
    assert "Fetched 2 logs" in done.err
    for name in NAMES:
        assert (Path("runs") / name).read_bytes() == (logs / name).read_bytes()
    assert sorted(path.name for path in Path("runs").iterdir()) == sorted(NAMES)


def test_one_eval_into_a_folder(hawk: Hawk, logs: Path) -> None:
    hawk("download", "--eval", "e1", "-o", "deep/er")
    assert [path.name for path in Path("deep/er").iterdir()] == ["second.eval"]
    assert "There is no eval 'e7'" in hawk("download", "--eval", "e7", code=2).err


def test_what_is_there_is_skipped_and_what_differs_is_kept_unless_forced(hawk: Hawk, logs: Path) -> None:
    hawk("download", "runs")
    other = Path("runs/first.eval")
    size = other.stat().st_size
    other.write_bytes(b"x" * size)
    done = hawk("download", "runs", code=1)
    assert "it differs. --force replaces it." in done.err
    assert "Already there: runs/second.eval" in done.err
    assert other.read_bytes() == b"x" * size
    hawk("download", "runs", "--force")
    assert other.read_bytes() == (logs / "first.eval").read_bytes()


def test_what_an_earlier_command_left_half_done_is_begun_again(hawk: Hawk, logs: Path) -> None:
    Path("runs").mkdir()
    Path("runs/first.eval.partial").write_bytes(b"x" * 100_000)
    hawk("download", "runs")
    assert sorted(path.name for path in Path("runs").iterdir()) == sorted(NAMES)


def test_an_eval_set_without_logs(hawk: Hawk, home: Path) -> None:
    assert "There are no logs of nothing." in hawk("download", "nothing", code=2).err


class Changing:
    """A server's log that is written anew after its first piece was fetched."""

    def __init__(self) -> None:
        self.versions = [b"old" * 3_000_000, b"new!" * 3_000_000]
        self.asked = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        number = min(self.asked - 1, 1)
        body, etag = self.versions[number], f'"{number}"'
        if request.headers.get("If-Match", etag) != etag:
            detail = {"type": "urn:hawk:ChangedMeanwhile", "title": "", "status": 412, "detail": "Changed."}
            return httpx.Response(412, json=detail, headers={"content-type": "application/problem+json"})
        first, last = map(int, request.headers["Range"].removeprefix("bytes=").split("-"))
        part = body[first : last + 1]
        headers = {"ETag": etag, "Content-Range": f"bytes {first}-{first + len(part) - 1}/{len(body)}"}
        return httpx.Response(206, content=part, headers=headers)


def test_a_log_that_changes_while_it_is_fetched_is_fetched_again(api: Api, hawk: Hawk) -> None:
    one = LogFile(log="set/x.eval", size=9_000_000, modified=NOON)
    api.on("GET", "/api/eval-sets/set/logs", LogFileList((one,)))
    api.on("GET", "/api/logs/set/x.eval", changing := Changing())
    hawk("download", "set")
    assert Path("set/x.eval").read_bytes() == changing.versions[1]
    assert [path.name for path in Path("set").iterdir()] == ["x.eval"]


@pytest.mark.parametrize("name", ["set/../../x.eval", "set//x.eval", "/x.eval"])
def test_a_server_names_no_file_outside_of_the_folder(api: Api, hawk: Hawk, home: Path, name: str) -> None:
    one = LogFile(log=name, size=1, modified=NOON)
    api.on("GET", "/api/eval-sets/set/logs", LogFileList((one,)))
    hawk("download", "set", "-o", "there", code=None)
    assert list(home.rglob("*.eval")) == []
