"""What can't work ends in one or two lines that say what to do, with the right exit code, and loses nothing."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import EXAMPLES, Machine

SIMPLE = """
name: simple
tasks:
  - package: TASKS
    name: hawk_examples
    items: [{name: arithmetic}]
models:
  - package: TASKS
    name: scripted
    items: [{name: careful}]
"""


def refused(machine: Machine, text: str, *flags: str, code: int = 2) -> str:
    """What a submission that can't work says."""
    err = machine.hawk("eval-set", machine.config(text), *flags, code=code).stderr
    assert "Traceback" not in err
    return err


def test_a_syntax_error_names_its_line(machine: Machine) -> None:
    assert "test.eval-set.yaml:3" in refused(machine, "name: x\ntasks:\n  - package: a: b\n")


def test_an_empty_file_is_said_to_be_empty(machine: Machine) -> None:
    assert "empty" in refused(machine, "")


def test_ten_mistakes_are_ten_lines(machine: Machine) -> None:
    err = refused(
        machine,
        """name: 3
eval_set_id: Not_An_Id
tasks:
  - package: TASKS
    items: [{name: 7}]
models: none
epochs: many
limit: [1]
message_limit: -5
time_limit: soon
score: "yes"
runner:
  memory: 1mi
""",
    )
    lines = [line for line in err.splitlines() if "test.eval-set.yaml:" in line]
    assert len(lines) >= 10
    numbers = [int(line.split("test.eval-set.yaml:")[1].split(":")[0]) for line in lines]
    assert numbers == sorted(numbers)


@pytest.mark.parametrize(
    ("packages", "word"),
    [
        ("[hawk-no-such-package-anywhere]", "hawk-no-such-package-anywhere"),
        ("['six==1.16.0', 'six==1.17.0']", "six"),
        ("[./broken]", "broken"),
        ("[./nowhere]", "nowhere"),
    ],
)
def test_packages_that_cannot_be_are_refused_before_anything_starts(
    machine: Machine, packages: str, word: str
) -> None:
    broken = machine.work / "broken"
    broken.mkdir()
    (broken / "pyproject.toml").write_text("[project]\nname = 'broken'\n")
    err = refused(machine, f"{SIMPLE}packages: {packages}\n")
    assert word in err
    assert machine.json("list", "jobs")["items"] == []


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("{name: arithmetic}", "{name: arithmetik}", ("arithmetik", "arithmetic")),
        ("name: hawk_examples", "name: hawk_example", ("hawk_example", "hawk_examples")),
        ("{name: careful}", "{name: careful, args: {no_such_argument: 1}}", ("no_such_argument",)),
    ],
)
def test_a_name_that_is_not_there_never_runs_and_says_what_is_near(
    machine: Machine, before: str, after: str, words: tuple[str, ...]
) -> None:
    assert before in SIMPLE
    err = refused(machine, SIMPLE.replace(before, after))
    job = machine.json("status")
    assert (job["status"], job["exit_code"]) == ("failed", 78)
    assert len(job["attempts"]) == 1, "what can never work is not tried again"
    for word in words:
        assert word in err + job["reason"]


def test_the_same_id_resumes_its_own_and_refuses_foreign_logs(machine: Machine) -> None:
    mine = f"{SIMPLE}eval_set_id: mine\n"
    machine.hawk("eval-set", machine.config(mine))
    machine.hawk("eval-set", machine.config(mine))
    job = machine.json("status")
    assert (job["id"], job["launch"], job["status"]) == ("mine", 2, "succeeded")
    assert len(machine.json("list", "samples")["items"]) == job["samples"]["total"]
    foreign = Path(job["log_dir"]).parent / "theirs"
    foreign.mkdir()
    for log in Path(job["log_dir"]).glob("*.eval"):
        shutil.copy(log, foreign)
    theirs = f"{SIMPLE}eval_set_id: theirs\n"
    assert "--log-dir-allow-dirty" in refused(machine, theirs, code=1)
    machine.hawk("eval-set", machine.config(theirs), "--log-dir-allow-dirty")


def test_damaged_logs_are_shown_with_their_error_beside_the_good_ones(machine: Machine) -> None:
    machine.hawk("eval-set", EXAMPLES / "simple.eval-set.yaml")
    job = machine.json("status")
    (good,) = Path(job["log_dir"]).glob("*.eval")
    (good.parent / "truncated.eval").write_bytes(good.read_bytes()[:1000])
    (good.parent / "not-a-zip.eval").write_bytes(b"hello")
    evals = machine.json("list", "evals", job["id"])["items"]
    assert sorted(one["import_error"] is not None for one in evals) == [False, True, True]
    assert len(machine.json("list", "samples", job["id"])["items"]) == job["samples"]["total"]


def test_a_database_that_is_locked_for_ten_seconds_only_delays(machine: Machine) -> None:
    machine.hawk("list", "jobs")
    locked = sqlite3.connect(machine.home / "hawk.db", isolation_level=None, check_same_thread=False)
    locked.execute("BEGIN IMMEDIATE")
    release = threading.Timer(10, lambda: locked.execute("ROLLBACK"))
    release.start()
    assert machine.json("list", "jobs")["items"] == [], "a list needs no lock"
    machine.hawk("eval-set", EXAMPLES / "simple.eval-set.yaml")
    release.join()
    locked.close()
    assert machine.json("status")["status"] == "succeeded"


def test_an_unusable_home_is_named(machine: Machine) -> None:
    not_a_folder = machine.folder / "file"
    not_a_folder.write_text("")
    done = machine.hawk("list", "jobs", code=1, HAWK_HOME=str(not_a_folder))
    assert str(not_a_folder) in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 2


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a few hundred kilobytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(disk)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs root")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_full_disk_is_said_to_be_full(machine: Machine, small_disk: Path) -> None:
    filler = small_disk / "filler"
    with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="space"):
        [file.write(b"x" * 4096) for _ in range(1000)]
    config = EXAMPLES / "simple.eval-set.yaml"
    done = machine.hawk("eval-set", config, code=1, HAWK_STORAGE=str(small_disk))
    assert "space" in done.stderr or "full" in done.stderr
    filler.unlink()
    machine.hawk("eval-set", config)


def test_options_that_the_backend_lacks_are_refused_with_the_reason(machine: Machine) -> None:
    done = machine.hawk("eval-set", EXAMPLES / "simple.eval-set.yaml", "--image-tag", "v1", code=2)
    assert "image" in done.stderr
    assert machine.json("list", "jobs")["items"] == []


def test_errors_of_use_are_two_lines_and_exit_2(machine: Machine) -> None:
    for command in (
        ["eval-set"],
        ["eval-set", "no-such-file.yaml"],
        ["logs", "--no-such-flag"],
        ["status", "nope"],
    ):
        done = machine.hawk(*command, code=2)
        assert done.stdout == ""
        assert 1 <= len(done.stderr.strip().splitlines()) <= 3
