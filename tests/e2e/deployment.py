"""Servers and workers of one deployment whose jobs are played by a stand-in, and what is true of them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil

from tests.servers.hawk import HawkServer

ROOT = Path(__file__).parents[2]
PATIENCE = 90.0
SPEC = {"tasks": [{"package": "six", "name": "six", "items": [{"name": "task"}]}]}

T = TypeVar("T")


class Nursery:
    """Starts `hawk` commands that can be killed, within moments. One for a test; ``with`` ends it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.servers.mortal"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, server: HawkServer, argv: tuple[str, ...], log: Path) -> psutil.Process:
        """Run a command with a server's environment."""
        order = {"argv": argv, "env": server.env, "cwd": str(server.folder), "log": str(log)}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return psutil.Process(int(self._process.stdout.readline()))

    def close(self) -> None:
        """Start no more."""
        self._process.kill()
        self._process.wait()


class MortalServer(HawkServer):
    """A server that dies when it is killed, or of what the environment says (see ``tests.servers.mortal``)."""

    def __init__(self, nursery: Nursery, folder: Path, **options: Any) -> None:
        super().__init__(folder, **options)
        self.nursery = nursery
        self.running: psutil.Process | None = None

    def start(self) -> None:
        """Start it where it was, and wait until it answers."""
        argv = ("serve", "--port", str(self.port), "--no-worker", *self.args)
        self.running = self.nursery.start(self, argv, self.log)
        until(lambda: self.answers() or not is_alive(self.running))
        assert is_alive(self.running), self.log.read_text()

    def kill(self) -> None:
        """End it as a crash does."""
        kill(self.running)

    def restart(self, *, crash: bool = True) -> None:
        """End it, if it lives, and start it again at the same address."""
        del crash
        self.kill()
        self.start()

    def __exit__(self, *_: object) -> None:
        self.kill()


class MortalWorker:
    """A `hawk worker` beside a server, with the same home and settings."""

    def __init__(self, server: MortalServer) -> None:
        self.server = server
        self.log = server.folder / "worker.log"
        self.running: psutil.Process | None = None

    def restart(self) -> None:
        """Start it, after its end if it lives."""
        self.kill()
        self.running = self.server.nursery.start(self.server, ("worker", "--poll", "0.5"), self.log)

    def kill(self) -> None:
        """End it as a crash does."""
        kill(self.running)


def is_alive(process: psutil.Process | None) -> bool:
    """Whether a process is there, and not just its number."""
    try:
        return process is not None and process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def kill(process: psutil.Process | None) -> None:
    """End a process, and wait until it is gone."""
    if process is not None and is_alive(process):
        with suppress(psutil.NoSuchProcess):  # It may die of something else in this moment.
            process.kill()
        until(lambda: not is_alive(process))


def until(look: Callable[[], T], seconds: float = PATIENCE) -> T:
    """What ``look`` gives as soon as it is true."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"still not: {look}"
        time.sleep(0.05)
    return found


def launches(homes: Iterable[Path], job_id: str) -> list[int]:
    """The launches of a job that supervisors recorded, on all machines."""
    found: list[int] = []
    for home in homes:
        path = home / "local" / job_id / "attempts.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        records = [json.loads(line) for line in lines]
        found += [record["launch"] for record in records if record["event"] == "launched"]
    return sorted(found)


def processes(job_id: str) -> list[psutil.Process]:
    """Every process of a job: its supervisor, and what it started."""
    return [one for one in psutil.process_iter() if job_id in said_of(one)]


def said_of(process: psutil.Process) -> str:
    """The command line and the environment of a process, as others may read them."""
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return ""
        parts = (Path(f"/proc/{process.pid}/{name}").read_bytes() for name in ("cmdline", "environ"))
        return "\n".join(part.decode(errors="replace") for part in parts)
    except (psutil.Error, OSError):
        return ""


def end_all(homes: Iterable[Path]) -> None:
    """End the supervisors that a test left, and with them their runners."""
    for home in homes:
        for folder in home.glob("local/[!.]*"):
            end_job(home, folder.name)


def end_job(home: Path, job_id: str) -> None:
    """End the supervisor of a job, and with it its runner."""
    with suppress(ProcessLookupError, FileNotFoundError, ValueError):
        record = json.loads((home / "local" / job_id / "supervisor.json").read_text())
        os.kill(record["pid"], signal.SIGKILL)


def job(http: httpx.Client, job_id: str) -> dict[str, Any]:
    """A job as the API shows it."""
    answer = http.get(f"/api/jobs/{job_id}")
    answer.raise_for_status()
    return answer.json()
