"""Logs that Hawk did not run: where they go, what is refused, and that a second time changes nothing."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from hawk.backends.storage.store import Storage
from tests.cli.conftest import Hawk
from tests.importers.house import NAME, header, members, sample, write_archive


def log(path: Path, *ids: str, **spec: object) -> Path:
    return write_archive(path, members(*(sample(one) for one in ids or ("a",)), head=header(eval=spec)))


@pytest.fixture
def storage(home: Path) -> Path:
    return home / "data" / "storage"


def stored(storage: Path) -> set[str]:
    return {path.relative_to(storage / "evals").as_posix() for path in (storage / "evals").rglob("*.*")}


def test_a_folder_is_imported_with_all_that_is_a_log_and_nothing_else(hawk: Hawk, storage: Path) -> None:
    log(Path(f"runs/My First_Run/{NAME}"))
    log(Path(f"runs/deeper/still/{NAME}"), eval_set_id="Abc2")
    log(Path(f"runs/older/{NAME}"), metadata={"eval_set_id": "old-set"})
    log(Path("runs/named/mine.eval"), eval_set_id="../../etc")
    plain = {**header(), "samples": [sample("a")]}
    Path("runs/2026-01-01T00-00-00+00-00_t_x.json").write_text(json.dumps(plain))
    for ignored in ("x.fast.eval", ".hidden/x.eval", ".y.eval", "logs.json", "eval-set.json", "notes.txt"):
        log(Path("runs") / ignored)
    done = hawk("import", "runs")
    assert stored(storage) == {
        f"my-first-run/{NAME}",
        f"Abc2/{NAME}",
        f"old-set/{NAME}",
        "etc/mine.eval",
        "runs/2026-01-01T00-00-00+00-00_t_x.json",
    }
    assert "Imported 5 logs" in done.err
    assert done.err.splitlines()[-1] == "Next: hawk list eval-sets"
    listed = hawk("list", "eval-sets", "--json").json()["items"]
    assert {one["id"] for one in listed} == {"my-first-run", "Abc2", "old-set", "etc", "runs"}


def test_what_was_imported_is_listed_by_the_next_command(hawk: Hawk, home: Path) -> None:
    log(Path(f"runs/{NAME}"), "a", "b")
    done = hawk("import", f"runs/{NAME}", "--eval-set", "Mine")
    assert done.err.splitlines() == [
        f"Added Mine/{NAME}",
        f"Imported 1 log ({Path(f'runs/{NAME}').stat().st_size} B) on this machine.",
        "Next: hawk list evals Mine",
    ]
    assert [one["log"] for one in hawk("list", "evals", "--json").json()["items"]] == [f"Mine/{NAME}"]
    assert {one["sample_id"] for one in hawk("list", "samples", "--json").json()["items"]} == {"a", "b"}


def test_the_same_file_again_changes_nothing(hawk: Hawk, storage: Path) -> None:
    log(Path(f"runs/{NAME}"))
    hawk("import", "runs")
    before = (storage / "evals/runs" / NAME).stat()
    done = hawk("import", "runs", "--json")
    assert [one["outcome"] for one in done.json()["items"]] == ["there"]
    assert "1 log was already there." in done.err
    after = (storage / "evals/runs" / NAME).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("other", [("b",), ("b", "c")], ids=["of the same size", "of another size"])
def test_another_file_of_that_name_is_refused_and_the_others_go_on(
    hawk: Hawk, storage: Path, other: tuple[str, ...]
) -> None:
    log(Path(f"runs/{NAME}"))
    hawk("import", "runs")
    kept = (storage / "evals/runs" / NAME).read_bytes()
    log(Path(f"runs/{NAME}"), *other)
    log(Path("runs/new.eval"))
    done = hawk("import", "runs", code=1)
    assert f"error: runs/{NAME}: runs/{NAME} is there already, and it is another file." in done.err
    assert "Added runs/new.eval" in done.err
    assert (storage / "evals/runs" / NAME).read_bytes() == kept


def test_a_broken_file_costs_only_itself(hawk: Hawk, storage: Path) -> None:
    log(Path("runs/whole.eval"))
    Path("runs/cut.eval").write_bytes(Path("runs/whole.eval").read_bytes()[:-30])
    write_archive(Path("runs/foreign.eval"), {"a.txt": b"hello"})
    Path("runs/2026-01-01T00-00-00_t_x.json").write_text("[]")
    Path("runs/empty.eval").touch()
    done = hawk("import", "runs", code=1)
    assert stored(storage) == {"runs/whole.eval"}
    told = {line.split(": ")[1]: line for line in done.err.splitlines() if line.startswith("error")}
    assert told.keys() == {f"runs/{name}.eval" for name in ("cut", "foreign", "empty")} | {
        "runs/2026-01-01T00-00-00_t_x.json"
    }
    assert "it has no header" in told["runs/foreign.eval"]
    assert "it is empty" in told["runs/empty.eval"]


def test_a_dry_run_says_what_would_be_and_does_nothing(hawk: Hawk, storage: Path) -> None:
    log(Path(f"runs/{NAME}"))
    hawk("import", "runs")
    log(Path("runs/new.eval"))
    Path("runs/bad.eval").write_bytes(b"no")
    done = hawk("import", "runs", "--dry-run", code=1)
    words = [line.split()[-1] for line in done.out.splitlines()[1:]]
    assert sorted(words) == ["added", "refused", "unchanged"]
    assert stored(storage) == {f"runs/{NAME}"}


def test_who_imported_what_is_on_record(hawk: Hawk, storage: Path) -> None:
    path = log(Path(f"runs/{NAME}"))
    hawk("import", "runs")
    first = json.loads((storage / "imports/runs" / f"{NAME}.json").read_text())
    assert (first["log"], first["size"]) == (f"runs/{NAME}", path.stat().st_size)
    assert first["user"]
    hawk("import", "runs")
    assert json.loads((storage / "imports/runs" / f"{NAME}.json").read_text()) == first
    assert list((storage.parent / "uploads").iterdir()) == []


def test_logs_come_from_a_bucket_and_go_to_one(
    hawk: Hawk, home: Path, s3: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = log(Path("here.eval"), "a", "b")
    s3 = s3.rpartition("/")[0]
    bucket = Storage(f"{s3}/runs")
    asyncio.run(bucket.put_file("deep/one.eval", path))
    asyncio.run(bucket.put("deep/.models.json", b"{}"))
    monkeypatch.setenv("HAWK_STORAGE", f"{s3}/hawk")
    assert "Added deep/one.eval" in hawk("import", f"{s3}/runs").err
    assert "Added other/one.eval" in hawk("import", f"{s3}/runs/deep/one.eval", "--eval-set", "other").err
    assert "already there" in hawk("import", f"{s3}/runs").err
    hawk("download", "deep")
    assert Path("deep/one.eval").read_bytes() == path.read_bytes()
    missing = hawk("import", f"{s3}/nothing", code=2).err
    assert "There are no logs in" in missing


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["nowhere"], "There is no nowhere."),
        (["empty"], "There are no logs in empty."),
        (["notes.txt"], "notes.txt is not named as a log."),
        (["runs", "--eval-set", "a/b"], "'a/b' can't be the id of an eval set."),
        (["runs", "nowhere"], "There is no nowhere."),
    ],
)
def test_a_wrong_command_line_imports_nothing(hawk: Hawk, storage: Path, args: list[str], says: str) -> None:
    log(Path(f"runs/{NAME}"))
    Path("empty").mkdir()
    Path("notes.txt").touch()
    assert says in hawk("import", *args, code=2).err
    assert stored(storage) == set()


def test_one_log_named_twice_is_imported_once(hawk: Hawk, storage: Path) -> None:
    log(Path(f"runs/{NAME}"))
    assert len(hawk("import", "runs", f"runs/{NAME}", "--json").json()["items"]) == 1
