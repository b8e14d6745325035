"""Workers as real processes, on a storage and a database of their own."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hawk.recovery.snapshot import SnapshotRow, snapshot
from hawk.settings import Settings, load_settings
from hawk.warehouse.engine import Database
from tests.importers.house import House

HAWK = str(Path(sys.executable).parent / "hawk")
PATIENCE = 60.0

DYING = """
import os, signal, sys
from sqlalchemy import event
from sqlalchemy.engine import Engine
from hawk.cli.main import run

left = int(sys.argv[1])

@event.listens_for(Engine, "before_cursor_execute")
def count(*_):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

sys.exit(run(["worker", "--once"]))
"""


ODD = """
import sys
from hawk.cli.main import run
from hawk.worker.discovery import Discovery

async def fails(self):
    raise RuntimeError("nobody thought of this")

Discovery.look_everywhere = fails
sys.exit(run(["worker"]))
"""


class Worker:
    """One running worker; ``log`` is the file that its lines go to."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self.log = log

    def lines(self, event: str) -> list[str]:
        return [line for line in self.log.read_text().splitlines() if line.split(" ")[1:2] == [event]]

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


class Site:
    """One installation: a home, a storage, a database, and the workers that run on it."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.evals = self.home / "storage" / "evals"
        self.evals.mkdir(parents=True)
        self.database_url = database_url
        self.workers: list[Worker] = []
        self.env = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("HAWK_", "INSPECT_", "XDG_"))},
            "HAWK_HOME": str(self.home),
            "HAWK_DATABASE_URL": database_url,
            "XDG_CONFIG_HOME": str(folder / "config"),
        }
        self.configure("[worker]\npoll_seconds = 0.2\nlease_seconds = 1.5\n")

    @property
    def settings(self) -> Settings:
        return load_settings(self.env)

    def configure(self, text: str) -> None:
        config = self.folder / "config" / "hawk" / "hawk.toml"
        config.parent.mkdir(parents=True, exist_ok=True)
        config.write_text(text)

    def start(self, *command: str) -> Worker:
        log = self.folder / f"worker-{len(self.workers)}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [*(command or (HAWK, "worker"))], env=self.env, stdout=out, stderr=out, cwd=self.folder
            )
        self.workers.append(Worker(process, log))
        return self.workers[-1]

    def hawk(self, *args: str, code: int | None = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [HAWK, *args],
            env=self.env,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            stdin=subprocess.DEVNULL,
        )
        assert code is None or done.returncode == code, (args, done)
        return done

    def run(self, work: Callable[[Database], Any]) -> Any:
        async def main() -> Any:
            db = await Database.open(self.database_url)
            try:
                return await work(db)
            finally:
                await db.close()

        return asyncio.run(main())

    def rows(self) -> list[SnapshotRow]:
        """All that the warehouse says."""

        async def work(db: Database) -> list[SnapshotRow]:
            async with db.read() as conn:
                return [row async for row in snapshot(conn)]

        return self.run(work)

    def clean_import(self) -> list[SnapshotRow]:
        """All that an import of the same logs into a new database says."""
        house = House(self.folder / f"clean-{time.monotonic_ns()}")
        house.evals = self.evals
        house.sync()

        async def work(db: Database) -> list[SnapshotRow]:
            async with db.read() as conn:
                return [row async for row in snapshot(conn)]

        return house.run(work)

    def until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            logs = "\n".join(worker.log.read_text() for worker in self.workers)
            assert time.monotonic() < deadline, logs
            time.sleep(0.05)

    def close(self) -> None:
        for worker in self.workers:
            worker.process.kill()
            worker.process.wait()


@pytest.fixture
def site(tmp_path: Path, database_url: str) -> Iterator[Site]:
    made = Site(tmp_path, database_url)
    yield made
    made.close()
