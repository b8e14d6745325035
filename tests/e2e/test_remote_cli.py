"""Every command against a server, from another machine's folder: the same words as on the server's own machine."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

import pytest

from hawk.cli.main import run
from tests.cli.conftest import Done
from tests.e2e.conftest import EXAMPLES, Machine
from tests.servers.hawk import HawkServer

LONG = ("--set", "tasks[0].items[0].args.samples=400")
"""Samples that outlive any test."""


class Pair:
    """A server, its machine (``here``: commands without a server), and another machine that only has its URL."""

    def __init__(self, server: HawkServer, here: Machine, away: Machine) -> None:
        self.server = server
        self.here = here
        self.away = away
        self.away.env.update(server.client_env)

    def both(self, *args: str | Path, code: int = 0) -> str:
        """Run a command on both sides; what it prints must be the same. Returns its output."""
        here, away = (run_here(machine, *args) for machine in (self.here, self.away))
        assert (away.code, away.out) == (here.code, here.out), args
        assert self._plain(away.err) == self._plain(here.err), args
        assert here.code == code, (args, here)
        return here.out

    def _plain(self, talk: str) -> list[str]:
        # Of files that are fetched at the same time any may be first.
        return sorted(talk.replace(self.server.url, "this machine").splitlines())


def run_here(machine: Machine, *args: str | Path) -> Done:
    """Run a command of a machine in this process: there are many, and none needs one of its own."""
    out, err, before = io.StringIO(), io.StringIO(), Path.cwd()
    with patch.dict(os.environ, machine.env, clear=True), redirect_stdout(out), redirect_stderr(err):
        os.chdir(machine.work)
        try:
            code = run([str(arg) for arg in args])
        finally:
            os.chdir(before)
    return Done(code, out.getvalue(), err.getvalue())


@pytest.fixture
def pair(tmp_path: Path, caches: Path) -> Iterator[Pair]:
    folders = [tmp_path / name for name in ("here", "away")]
    for folder in folders:
        folder.mkdir()
    here, away = (Machine(folder, caches) for folder in folders)
    away.env["HAWK_HOME"] = str(away.home)
    server = HawkServer(tmp_path / "server", home=here.home, env={"UV_CONSTRAINT": here.env["UV_CONSTRAINT"]})
    with server:
        yield Pair(server, here, away)
    here.clean()
    away.clean()


@pytest.mark.timeout(900)
def test_every_command_says_the_same_from_far(pair: Pair, tmp_path: Path) -> None:
    away, here, both = pair.away, pair.here, pair.both
    first = _submitted(away, EXAMPLES / "grid.eval-set.yaml", "--watch", "--yes")
    failed = _submitted(away, EXAMPLES / "failing.eval-set.yaml", "--watch", code=1)
    _until_imported(away, first, failed)

    assert first in both("list", "jobs")
    for form in ("--json", "--jsonl", "--csv"):
        for what in ("jobs", "eval-sets"):
            both("list", what, form)
        both("list", "evals", first, form)
        both("list", "samples", first, form)
    both("list", "jobs", "--mine", "--since", "1h", "--status", "failed", "--search", "failing")
    both("list", "evals", "--all", "--sort", "-score", "--limit", "3")
    both("list", "samples", "--all", "--task", "arithmetic", "--sort", "-tokens", "--limit", "5")
    both("list", "samples", failed, "--status", "error")
    both("list", "samples", first, "--task", "no-such-task")
    both("list", "samples", first, "--sort", "nonsense", code=2)
    both("status", failed, code=0)
    both("status", first, "--json")
    both("spec", first)
    both("logs", first, "-n", "1000")
    both("logs", first, "-f", "--json")
    both("wait", first)
    both("wait", failed, "--json", code=1)
    both("watch", first)
    both("stop", first)
    uuid = json.loads(both("list", "samples", first, "--json"))["items"][0]["uuid"]
    both("transcript", uuid)
    both("transcript", uuid, "--raw")
    both("transcripts", first, "--limit", "3")
    both("search", "7")
    both("search", "7", "--json", "--limit", "3")
    both("compare", first, failed)
    both("compare", first, failed, "--json")
    both("usage")
    both("usage", "--by", "task", "--json")
    for nothing in ("status", "logs", "spec", "wait", "stop", "delete", "resume", "download", "transcript"):
        both(nothing, "no-such-thing", code=2)
    _same_tables(pair, first)
    _same_files(pair, first, tmp_path)
    _same_import(pair, first)
    assert f"Deleted {failed} on {pair.server.url}" in away.hawk("delete", failed).stderr
    both("status", failed, code=2)
    assert [one["id"] for one in here.json("list", "jobs")["items"]] == [first]


def _submitted(machine: Machine, *args: str | Path, code: int = 0) -> str:
    machine.hawk("eval-set", *args, code=code)
    return machine.json("status")["id"]


def _until_imported(machine: Machine, *ids: str) -> None:
    for one in ids:
        states = {row["status"] for row in machine.json("list", "evals", one)["items"]}
        assert states
        assert "started" not in states, "what a watched job left is there when the command ends"


def _same_tables(pair: Pair, first: str) -> None:
    pytest.importorskip("pyarrow")
    from pyarrow.parquet import read_table

    for machine in (pair.here, pair.away):
        machine.hawk("list", "samples", first, "--parquet", "samples.parquet")
    here, away = (read_table(one.work / "samples.parquet") for one in (pair.here, pair.away))
    assert away.equals(here)
    program = f"import hawk; print(hawk.results('samples', eval_set='{first}').to_csv())"
    assert _python(pair.away, program) == _python(pair.here, program)


def _python(machine: Machine, program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=machine.env,
        cwd=machine.work,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _same_files(pair: Pair, first: str, tmp_path: Path) -> None:
    pair.both("download", first)
    pair.both("download", first)
    kept = {
        path.name: path.read_bytes() for path in (pair.here.home / "storage/evals" / first).glob("*.eval")
    }
    for machine in (pair.here, pair.away):
        assert {path.name: path.read_bytes() for path in (machine.work / first).iterdir()} == kept
    for machine in (pair.here, pair.away):
        machine.hawk("transcripts", first, "--output-dir", tmp_path / machine.folder.name / "transcripts")
    here, away = (
        {path.name: path.read_text() for path in (tmp_path / name / "transcripts").iterdir()}
        for name in ("here", "away")
    )
    assert away == here


def _same_import(pair: Pair, first: str) -> None:
    pair.both("import", first, "--dry-run")
    pair.away.hawk("import", first, "--eval-set", "taken-in")
    pair.both("import", first, "--eval-set", "taken-in")
    pair.both("list", "evals", "taken-in")


def test_doctor_and_config_tell_of_the_server(pair: Pair) -> None:
    checks = {one["name"]: one for one in pair.away.json("doctor")["items"]}
    assert checks["server"]["state"] == "ok"
    assert pair.server.url in checks["server"]["found"]
    assert checks["clock"]["state"] == "ok"
    assert checks["login"]["state"] == "ok"
    shown = {one["name"]: one for one in pair.away.json("config", "show")["items"]}
    assert (shown["server"]["value"], shown["server"]["source"]) == (pair.server.url, "HAWK_API_URL")
    pair.server.kill()
    gone = pair.away.hawk("doctor", code=1)
    assert "does not answer" in gone.stdout


def test_a_trailing_slash_of_the_url_changes_nothing(pair: Pair) -> None:
    with_slash = pair.away.hawk("list", "jobs", HAWK_API_URL=f"{pair.server.url}/")
    assert with_slash.stderr == pair.away.hawk("list", "jobs").stderr


def test_watching_and_following_survive_a_restart_of_the_server(pair: Pair) -> None:
    away, server = pair.away, pair.server
    job = away.hawk("eval-set", EXAMPLES / "slow.eval-set.yaml", *LONG, "--yes").stdout.strip()
    followers = [away.start("logs", "-f", job), away.start("watch", job), away.start("wait", job)]
    pair.here.until(lambda seen: seen["samples"]["done"] > 0)
    server.kill()
    for child in followers:
        _until_it_says(child, "Trying again")
    server.start()
    away.hawk("stop", job)
    outputs = [child.communicate(timeout=120) for child in followers]
    for out, err in outputs:
        assert "Traceback" not in out + err
    lines = outputs[0][0].splitlines()
    everything = away.hawk("logs", job, "-n", "100000").stdout.splitlines()
    assert lines == everything[-len(lines) :], "no line is lost, and none is told twice"
    assert followers[0].returncode == 0
    assert {child.returncode for child in followers[1:]} == {1}


def test_ctrl_c_leaves_the_job_running(pair: Pair) -> None:
    import signal

    away = pair.away
    job = away.hawk("eval-set", EXAMPLES / "slow.eval-set.yaml", *LONG, "--yes").stdout.strip()
    pair.here.until(lambda seen: seen["status"] == "running")
    for command in (["watch"], ["wait"], ["logs", "-f"]):
        child = away.start(*command, job)
        _until_it_asks(child)
        child.send_signal(signal.SIGINT)
        _, err = child.communicate(timeout=30)
        assert child.returncode == 130
        assert re.search(
            rf"{job} keeps running on {pair.server.url}. Come back with: hawk {' '.join(command)} {job}", err
        )
    assert away.json("status", job)["status"] == "running"
    away.hawk("stop", job, "--now")


def _until_it_says(child: subprocess.Popen[str], words: str) -> None:
    """Read a command's talk until it has said something."""
    assert child.stderr is not None
    said = ""
    while words not in said:
        more = os.read(child.stderr.fileno(), 1000).decode()
        assert more, f"it ended, and said: {said}"
        said += more


def _until_it_asks(child: subprocess.Popen[str]) -> None:
    """Wait until a command talks to the server: it has a connection."""
    import time

    import psutil

    deadline = time.monotonic() + 30
    while not psutil.Process(child.pid).net_connections():
        assert time.monotonic() < deadline
        assert child.poll() is None
        time.sleep(0.02)
