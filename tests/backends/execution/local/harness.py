"""A local backend with a stand-in runner, and what the tests ask of it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import psutil

from hawk.backends.execution.local.backend import LocalBackend
from hawk.backends.execution.local.supervisor.locks import is_locked
from hawk.backends.execution.local.supervisor.tree import mark_of
from hawk.backends.execution.protocol import Launch, LogLine, Observation, TerminalSize
from hawk.settings import LocalSettings, Settings
from hawk.specs.control import Desired
from hawk.specs.plan import RunPlan

T = TypeVar("T")
RUNNER = (sys.executable, str(Path(__file__).parent / "standin.py"))
ENDED = {"succeeded", "failed", "stopped", "lost"}


def until(look: Callable[[], T], *, seconds: float = 20.0) -> T:
    """What `look` gives as soon as it is true."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"still not: {look}"
        time.sleep(0.02)
    return found


def make_plan(job: str = "job", launch: int = 1, **values: Any) -> RunPlan:
    given: dict[str, Any] = {"spec": {}, "priority": 0, "max_restarts": 3, **values}
    return RunPlan(
        job_id=job,
        kind="eval-set",
        launch=launch,
        installation="here",
        log_dir="logs",
        created_by="me",
        created_at=datetime.now(UTC),
        requirements=(),
        lock=None,
        hawk_wheel="",
        python="",
        environments="",
        wheels="",
        **given,
    )


class Local:
    def __init__(self, home: Path, *, inherit: bool = True, **settings: Any) -> None:
        self.home = home
        local = LocalSettings(**{"max_running": 4, "stop_grace": 1.0, "stop_cap": 30.0, **settings})
        self.settings = Settings(home=home, config_home=home, local=local)
        self.backend = LocalBackend(self.settings, inherit_environment=inherit, runner=RUNNER)

    def launch(
        self,
        job: str = "job",
        launch: int = 1,
        *,
        secrets: dict[str, str] | None = None,
        terminal: TerminalSize | None = None,
        priority: int = 0,
        max_restarts: int = 3,
        held: bool = False,
        **spec: Any,
    ) -> None:
        plan = make_plan(job, launch, spec=spec, priority=priority, max_restarts=max_restarts)
        order = Launch(plan=plan, secrets=secrets or {}, terminal=terminal, held=held)
        asyncio.run(self.backend.launch(order))

    def folder(self, job: str = "job") -> Path:
        return self.home / "local" / job

    def observe(self, job: str = "job") -> Observation | None:
        return asyncio.run(self.backend.observe(job))

    def state(self, job: str = "job") -> str | None:
        seen = self.observe(job)
        return seen.state if seen else None

    def wait(self, job: str = "job", *, states: set[str] | None = None) -> Observation:
        wanted = states or ENDED

        def look() -> Observation | None:
            seen = self.observe(job)
            return seen if seen and seen.state in wanted else None

        return until(look)

    def release(self, job: str = "job", launch: int = 1) -> None:
        asyncio.run(self.backend.control(job, Desired(launch=launch, state="run")))

    def stop(self, job: str = "job", launch: int = 1, **fields: Any) -> None:
        asyncio.run(self.backend.control(job, Desired(launch=launch, state="stop", **fields)))

    def terminate(self, job: str = "job", launch: int = 1) -> None:
        asyncio.run(self.backend.terminate(job, launch))

    def remove(self, job: str = "job", launch: int = 1) -> None:
        asyncio.run(self.backend.remove(job, launch))

    def log(self, job: str = "job", **where: int) -> list[LogLine]:
        return list(asyncio.run(self.backend.logs(job, **where)).items)

    def left(self, name: str, job: str = "job") -> dict[str, Any]:
        """What the stand-in left in the job's folder, as soon as it is there."""
        path = self.folder(job) / f"{name}.json"
        until(path.exists)
        return json.loads(path.read_text())

    def runner(self, attempt: int = 1, job: str = "job") -> psutil.Process:
        return psutil.Process(self.left(f"started-{attempt}", job)["pid"])

    def supervisor(self, job: str = "job") -> psutil.Process:
        return psutil.Process(self.left("supervisor", job)["pid"])

    def events(self, job: str = "job") -> list[str]:
        lines = (self.folder(job) / "attempts.jsonl").read_text().splitlines()
        return [json.loads(line)["event"] for line in lines]

    def processes(self, job: str = "job") -> list[psutil.Process]:
        """Every process that has this job's mark or its folder in its command, zombies aside."""
        return [one for one in psutil.process_iter() if _belongs(one, self.folder(job))]

    def is_quiet(self, job: str = "job") -> bool:
        """Whether nothing of the job runs. A process that exits loses its command before its locks."""
        return not self.processes(job) and not is_locked(self.folder(job) / "supervisor.lock")

    def end_all(self) -> None:
        """Whatever a failed test left."""
        for job in (path.name for path in (self.home / "local").glob("[!.]*")):
            for process in self.processes(job):
                os.kill(process.pid, signal.SIGKILL)


def _belongs(process: psutil.Process, folder: Path) -> bool:
    mark = mark_of(folder, "here", 1).split(":")
    try:
        if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
            return False
        environ = Path(f"/proc/{process.pid}/environ").read_bytes().decode(errors="replace")
        marks = [entry.split(":") for entry in environ.split("\0")]
        return str(folder) in process.cmdline() or any(m[:2] + m[3:] == mark[:2] + mark[3:] for m in marks)
    except (psutil.Error, OSError):
        return False
