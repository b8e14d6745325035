"""The last id: of the right server, and never lost to another command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hawk.cli.last_used import LastUsed
from hawk.settings import Settings
from tests.cli.conftest import Api, Hawk, job, problem

A, B = "https://a.example", "https://b.example"


def settings(folder: Path, server: str | None = None, home: str = "data") -> Settings:
    return Settings(home=folder / home, config_home=folder / "config", server=server)


def last(used: LastUsed, server: str | None = None, *, anywhere: bool = True) -> str | None:
    found = used.last(server, anywhere=anywhere)
    return found.id if found else None


def test_the_last_one_is_the_last_one_used_while_the_same_server_is_set(tmp_path: Path) -> None:
    here, a = LastUsed(settings(tmp_path)), LastUsed(settings(tmp_path, A))
    here.remember("mine", None)
    a.remember("theirs", A)
    assert (last(here), last(a)) == ("mine", "theirs")
    a.remember("mine-2", None)
    assert (last(here), last(a)) == ("mine-2", "mine-2")
    assert last(a, A, anywhere=False) == "theirs"
    assert last(a, B, anywhere=False) is None


def test_an_id_remembers_its_server(tmp_path: Path) -> None:
    used = LastUsed(settings(tmp_path, A))
    used.remember("one", None)
    used.remember("two", A)
    assert (used.server_of("one"), used.server_of("two"), used.server_of("three")) == ("", A, None)


def test_another_data_folder_is_another_machine(tmp_path: Path) -> None:
    LastUsed(settings(tmp_path)).remember("one", None)
    other = LastUsed(settings(tmp_path, home="elsewhere"))
    assert last(other) is None
    assert other.server_of("one") is None


def test_a_damaged_file_is_as_none(tmp_path: Path) -> None:
    used = LastUsed(settings(tmp_path))
    used.remember("one", None)
    used.path.write_text('{"used": [')
    assert last(used) is None
    used.remember("two", None)
    assert last(used) == "two"


def test_the_file_does_not_grow_without_end(tmp_path: Path) -> None:
    used = LastUsed(settings(tmp_path))
    for number in range(520):
        used.remember(f"id{number}", None)
    assert used.server_of("id519") == ""
    assert used.server_of("id0") is None
    assert len(used._read().used) == 500


def test_two_commands_at_once_lose_nothing(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tests.cli.test_last_used import settings;"
        "from hawk.cli.last_used import LastUsed\n"
        "for n in range(100): LastUsed(settings(Path(sys.argv[1]))).remember(f'{sys.argv[2]}{n}', None)"
    )
    children = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), name]) for name in "ab"]
    assert [child.wait(60) for child in children] == [0, 0]
    used = LastUsed(settings(tmp_path))
    assert all(used.server_of(f"{name}{n}") == "" for name in "ab" for n in range(100))
    assert not [path for path in used.path.parent.iterdir() if path.name.startswith(".last")]


def test_no_last_id_says_what_to_do(api: Api, hawk: Hawk) -> None:
    done = hawk("status", code=2)
    assert "No id was given" in done.err
    assert "hawk eval-set" in done.err
    assert len(done.err.splitlines()) == 2


def test_an_id_that_is_given_is_the_last_one(api: Api, hawk: Hawk) -> None:
    api.job(job())
    hawk("status", "simple-abc")
    assert hawk("status", "--json").json()["id"] == "simple-abc"


def test_an_id_that_does_not_exist_is_not_remembered(api: Api, hawk: Hawk) -> None:
    api.job(job())
    hawk("status", "simple-abc")
    api.on("GET", "/api/jobs/nope", problem("NotFound", 404, "There is no job nope.", fix="Look."))
    done = hawk("status", "nope", code=2)
    assert done.err == "error: There is no job nope.\n  Look.\n"
    assert hawk("status", "--json").json()["id"] == "simple-abc"


def test_an_id_asks_the_server_that_has_it(api: Api, hawk: Hawk, monkeypatch: pytest.MonkeyPatch) -> None:
    api.job(job("far"))
    api.job(job("near"))
    hawk("status", "far", "--server", A)
    hawk("status", "near", "--server", "local")
    hawk("status", "far")
    monkeypatch.setenv("HAWK_API_URL", B)
    hawk("status", "near")
    hawk("status", "far")
    hawk("status")
    assert api.urls == [A, None, A, None, A, A]


def test_what_can_not_be_an_id_is_not_sent(api: Api, hawk: Hawk) -> None:
    for text in ("../x", "a/b", "a?b", "\x1b[2J", ""):
        assert "can't be the id" in hawk("status", text, code=2).err
    assert api.requests == []


def test_a_file_that_can_not_be_written_is_a_warning(api: Api, hawk: Hawk, home: Path) -> None:
    api.job(job())
    (home / "config" / "hawk" / "last-used.lock").mkdir(parents=True)
    done = hawk("status", "simple-abc")
    assert "simple-abc" in done.out
    assert "warning: the last id can't be kept" in done.err
