"""What every command line has in common: help, usage errors, and how little is imported."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from hawk import __version__
from tests.cli.conftest import Hawk

HEAVY = ("litestar", "sqlalchemy", "httpx", "inspect_ai", "yaml", "asyncio", "dotenv", "alembic")


@pytest.mark.parametrize("args", [["--help"], ["--version"], ["list", "--help"]])
def test_help_imports_nothing_heavy(args: list[str]) -> None:
    code = f"import json, sys; from hawk.cli.main import run; run({args!r}); print(json.dumps(list(sys.modules)))"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    modules = json.loads(printed.splitlines()[-1])
    assert not [name for name in modules if name.split(".")[0] in HEAVY]
    assert not [name for name in modules if name.startswith("hawk.cli.commands.")]


def test_a_list_loads_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    env = {**os.environ, "HAWK_HOME": str(tmp_path), "PYTHONPROFILEIMPORTTIME": "1"}
    command = [str(Path(sys.executable).with_name("hawk")), "list", "jobs"]
    subprocess.run(command, env=env, capture_output=True, check=True)  # makes the database
    told = subprocess.run(command, env=env, capture_output=True, text=True, check=True).stderr
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in told.splitlines()}
    assert "litestar" in loaded
    assert not loaded & {"numpy", "joserfc", "cryptography", "alembic", "psycopg", "inspect_ai", "uvicorn"}


def test_help_names_every_command(command: Hawk) -> None:
    out = command("--help").out
    named = set(re.findall(r"^  ([a-z-]+):", out, re.MULTILINE))
    assert named >= {"eval-set", "local", "list", "spec", "status", "watch", "wait", "logs", "stop", "resume"}
    assert named >= {
        "delete",
        "transcript",
        "transcripts",
        "config",
        "schema",
        "doctor",
        "init",
        "completion",
    }
    assert command().out == out


def test_version(command: Hawk) -> None:
    assert command("--version").out.strip() == __version__


@pytest.mark.parametrize(
    ("args", "says", "usage"),
    [
        (["bogus"], 'Unknown command "bogus"', "Usage: hawk COMMAND"),
        (["list", "bogus"], 'Unknown command "bogus"', "Usage: hawk list COMMAND"),
        (["list", "jobs", "--bogus"], "--bogus", "Usage: hawk list jobs"),
        (["eval-set"], "CONFIG", "Usage: hawk eval-set"),
        (["transcript"], "UUID", "Usage: hawk transcript"),
        (["list", "jobs", "--limit", "0"], "--limit", "Usage: hawk list jobs"),
        (["list", "jobs", "--limit", "x"], "--limit", "Usage: hawk list jobs"),
        (["list", "jobs", "--status", "x"], "succeeded", "Usage: hawk list jobs"),
        (["schema", "scam"], "eval-set", "Usage: hawk schema"),
        (["status", "a", "b"], "b", "Usage: hawk status"),
        (["stop", "--timeout", "-1"], "--timeout", "Usage: hawk stop"),
    ],
)
def test_a_wrong_command_line_ends_with_2_and_the_usage(
    hawk: Hawk, home: object, args: list[str], says: str, usage: str
) -> None:
    done = hawk(*args, code=2)
    assert done.out == ""
    error, shown = done.err.splitlines()
    assert error.startswith("error: ")
    assert says in error
    assert shown.startswith(usage)


def test_debug_may_stand_anywhere(hawk: Hawk, home: object) -> None:
    for args in (["--debug", "status"], ["status", "--debug"]):
        done = hawk(*args, code=2)
        assert "Traceback" in done.err
        assert "No id was given" in done.err
    assert "Traceback" not in hawk("status", code=2).err


def test_every_command_has_help(hawk: Hawk, home: object) -> None:
    top = hawk("--help").out
    for name in re.findall(r"^  ([a-z-]+):", top, re.MULTILINE):
        assert "Usage: hawk" in hawk(name, "--help").out
