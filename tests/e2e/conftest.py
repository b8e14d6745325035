"""Whole journeys through the `hawk` command, each on a machine of its own (a data folder)."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest

from hawk.client.connect import connect
from hawk.settings import load_settings

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
HAWK = Path(sys.executable).parent / "hawk"
CACHES = ("environments", "wheels", "locks")


class Machine:
    """A user's machine: a data folder, a config folder, a working folder, and the command."""

    def __init__(self, folder: Path, caches: Path) -> None:
        self.folder = folder
        self.home = folder / "data"
        self.work = folder / "work"
        self.home.mkdir()
        self.work.mkdir()
        for name in CACHES:
            (caches / name).mkdir(exist_ok=True)
            (self.home / name).symlink_to(caches / name)
        self.env = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("HAWK_", "INSPECT_"))},
            "HAWK_HOME": str(self.home),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_DATA_HOME": str(folder / "share"),
            "NO_COLOR": "1",
            # The index moves while tests run; what they install doesn't.
            "UV_CONSTRAINT": str(ROOT / "constraints.txt"),
        }

    def start(self, *args: str | Path, **env: str) -> subprocess.Popen[str]:
        """Start a command and don't wait for it."""
        return subprocess.Popen(
            [str(HAWK), *map(str, args)],
            env={**self.env, **env},
            cwd=self.work,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def hawk(self, *args: str | Path, code: int | None = 0, **env: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; its exit code must be ``code`` (None: any)."""
        child = self.start(*args, **env)
        out, err = child.communicate(timeout=180)
        done = subprocess.CompletedProcess(child.args, child.returncode, out, err)
        assert code is None or done.returncode == code, f"{args}: {done.returncode}\n{out}\n{err}"
        assert "Traceback" not in err, err
        return done

    def json(self, *args: str | Path) -> Any:
        """What a command prints as JSON."""
        return json.loads(self.hawk(*args, "--json").stdout)

    def config(self, text: str, name: str = "test.eval-set.yaml") -> Path:
        """A config in the working folder, with the examples' tasks at hand as ``TASKS``."""
        path = self.work / name
        path.write_text(text.replace("TASKS", str(EXAMPLES / "tasks")))
        return path

    def submit(self, *args: str | Path) -> str:
        """Start a job in the background and give its id."""
        self.hawk("eval-set", *args, "--detach")
        return self.json("status")["id"]

    def until_id(self, seconds: float = 90) -> None:
        """Wait until some job was submitted from here."""
        deadline = time.monotonic() + seconds
        while not list(self.home.glob("storage/jobs/*/*-submitted.json")):
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def until(self, condition: Callable[[dict[str, Any]], bool], seconds: float = 90) -> dict[str, Any]:
        """Look at the newest job until its status fulfils the condition.

        Asks the API in this process, as a command would, without a command's start for each look.
        """
        return asyncio.run(self._until(condition, seconds))

    async def _until(self, condition: Callable[[dict[str, Any]], bool], seconds: float) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        async with connect(load_settings(self.env)) as client:
            while True:
                (newest, *_) = (await client.jobs(limit=1)).items
                status = msgspec.to_builtins(await client.job(newest.id))
                if condition(status):
                    return status
                assert time.monotonic() < deadline, json.dumps(status, indent=1)
                await asyncio.sleep(0.05)

    def processes(self) -> list[psutil.Process]:
        """Every process that a job on this machine started, by the marker in its environment."""
        return [p for p in psutil.process_iter() if self._mine(p)]

    def runner(self) -> psutil.Process:
        """The process that runs the last job's eval set."""
        found = [p for p in self.processes() if "hawk.runner.inside" in " ".join(p.cmdline())]
        assert found, [p.cmdline() for p in self.processes()]
        return min(found, key=lambda p: p.create_time())

    def supervisor(self, job_id: str) -> psutil.Process:
        """The supervisor of a job."""
        record = json.loads((self.home / "local" / job_id / "supervisor.json").read_text())
        return psutil.Process(record["pid"])

    def _mine(self, process: psutil.Process) -> bool:
        try:
            return (
                process.environ().get("HAWK_HOME") == str(self.home)
                and "HAWK_JOB" in process.environ()
                and process.status() != psutil.STATUS_ZOMBIE
            )
        except psutil.Error:
            return False

    def clean(self) -> None:
        """End what a test left behind."""
        for path in self.home.glob("local/*/supervisor.json"):
            try:
                os.kill(json.loads(path.read_text())["pid"], signal.SIGKILL)
            except (ProcessLookupError, ValueError):
                continue
        for process in self.processes():
            process.kill()


@pytest.fixture(scope="session")
def caches(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Environments, wheels and locks that all workers of a test run share."""
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "hawk-caches"
    shared.mkdir(exist_ok=True)
    return shared


@pytest.fixture
def machine(tmp_path: Path, caches: Path) -> Iterator[Machine]:
    """A machine that nobody has used."""
    made = Machine(tmp_path, caches)
    yield made
    made.clean()
