"""Real runs of the runner's inner stage, each in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hawk.specs.control import Desired, Outcome, Progress
from hawk.specs.plan import RunPlan

Spec = dict[str, Any]
DEADLINE = 60.0


def examples(*items: Spec) -> list[Spec]:
    """Tasks, solvers or agents of the example package."""
    return [{"package": "./tasks", "name": "hawk_examples", "items": list(items)}]


def scripted(*items: Spec) -> list[Spec]:
    """Models of the scripted provider."""
    return [{"package": "./tasks", "name": "scripted", "items": list(items)}]


CAREFUL = scripted({"name": "careful"})


class Launch:
    """A job's folder, and the runs in it."""

    def __init__(self, folder: Path, data: Path, **plan: Any) -> None:
        self.folder, self.data, self._plan = folder, data, plan
        self.logs_dir = folder / "logs"
        self.number = 0
        self.processes: list[subprocess.Popen[str]] = []

    def plan(self, spec: Spec, **changes: Any) -> Launch:
        values: dict[str, Any] = {
            "job_id": "job-1",
            "launch": 1,
            "created_by": "ada",
            **self._plan,
            **changes,
        }
        plan = RunPlan(
            kind="eval-set",
            installation="here",
            spec=spec,
            log_dir=str(self.logs_dir),
            created_at=datetime.now(UTC),
            requirements=(),
            lock=None,
            hawk_wheel="",
            python="",
            environments="",
            wheels="",
            **values,
        )
        self.number = plan.launch
        self.folder.mkdir(exist_ok=True)
        (self.folder / "plan.json").write_bytes(msgspec.json.encode(plan))
        return self

    def start(
        self, attempt: int = 1, *args: str, secrets: dict[str, str] | None = None, **popen: Any
    ) -> Running:
        secrets_fd, write_fd = os.pipe()
        os.write(write_fd, json.dumps(secrets or {}).encode())
        os.close(write_fd)
        environment = {**os.environ, "XDG_DATA_HOME": str(self.data)} | popen.pop("env", {})
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        argv = [sys.executable, "-m", "hawk.runner.inside", str(self.folder), "--attempt", str(attempt)]
        process = subprocess.Popen(
            [*argv, "--secrets-fd", str(secrets_fd), *args],
            cwd=self.folder,
            env=environment,
            stdin=popen.pop("stdin", subprocess.DEVNULL),
            stdout=popen.pop("stdout", subprocess.PIPE),
            stderr=subprocess.STDOUT,
            pass_fds=(secrets_fd, *popen.pop("pass_fds", ())),
            start_new_session=True,
            text=True,
            **popen,
        )
        os.close(secrets_fd)
        self.processes.append(process)
        return Running(self, process, attempt)

    def run(self, attempt: int = 1, *args: str, **options: Any) -> Ended:
        return self.start(attempt, *args, **options).wait()

    def want(self, desired: Desired) -> None:
        draft = self.folder / "desired.draft"
        draft.write_bytes(msgspec.json.encode(desired))
        draft.replace(self.folder / "desired.json")

    def progress(self) -> Progress | None:
        try:
            return msgspec.json.decode((self.folder / "progress.json").read_bytes(), type=Progress)
        except FileNotFoundError:
            return None

    def outcome(self) -> Outcome:
        return msgspec.json.decode((self.folder / "outcome.json").read_bytes(), type=Outcome)

    def eval_logs(self) -> list[Any]:
        """Every log, samples and all, oldest first, as Inspect reads it."""
        from inspect_ai.log import list_eval_logs, read_eval_log

        return [read_eval_log(info) for info in list_eval_logs(str(self.logs_dir), descending=False)]

    def text_of_everything(self) -> bytes:
        """The bytes of every file of the job, those of the logs unpacked."""
        import zipfile

        import zipfile_zstd  # noqa: F401  (teaches zipfile Inspect's compression)

        parts: list[bytes] = []
        for path in self.folder.rglob("*"):
            if path.suffix == ".eval":
                with zipfile.ZipFile(path) as archive:
                    parts += [archive.read(name) for name in archive.namelist()]
            elif path.is_file():
                parts.append(path.read_bytes())
        return b"\n".join(parts)


class Running:
    """A run that goes on."""

    def __init__(self, launch: Launch, process: subprocess.Popen[str], attempt: int = 1) -> None:
        self.launch, self.process = launch, process
        self._it = launch.number, attempt

    def until(self, condition: Callable[[Progress], Any]) -> Progress:
        """The first progress of this run for which the condition holds."""
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline:
            progress = self.launch.progress()
            if progress and (progress.launch, progress.attempt) == self._it and condition(progress):
                return progress
            assert self.process.poll() is None, (
                f"it ended: {self.process.stdout and self.process.stdout.read()}"
            )
            time.sleep(0.05)
        raise AssertionError(f"never: {self.launch.progress()}")

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def wait(self, timeout: float = DEADLINE) -> Ended:
        output, _ = self.process.communicate(timeout=timeout)
        return Ended(self.process.returncode, output or "")


class Ended(msgspec.Struct):
    """A run that has ended."""

    code: int
    output: str


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    # Short, so that Inspect's control socket fits in; the tests of deep ones say so.
    data = Path(tempfile.mkdtemp(prefix="hk"))
    one = Launch(tmp_path / "job", data)
    yield one
    for process in one.processes:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    shutil.rmtree(data)


def running(count: int) -> Callable[[Progress], bool]:
    """So many samples are under way."""
    return lambda progress: sum(task.samples.running for task in progress.tasks) >= count


def done(count: int) -> Callable[[Progress], bool]:
    """So many samples are done."""
    return lambda progress: sum(task.samples.done for task in progress.tasks) >= count
