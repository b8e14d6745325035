"""`hawk` commands that kill themselves at the nth step once they are armed.

``python -m tests.servers.mortal`` reads what to run from its input, a line of JSON each (``argv``, ``env``, ``cwd``,
``log``), and answers with the pid of a fork of itself that runs it: most of a server's start is imports, and hundreds
are started.

Steps are the writes to storage, the transactions (before, inside, after) and the calls of the backend; with
``MORTAL_LINES`` every line that it runs of what launches, stops and deletes. The file ``MORTAL_ARMED`` has the step
that it dies at (0: none), counted from when it is there; the count is left in a file beside it. Its jobs are
run by a stand-in, which does what its config says.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from types import FrameType
from typing import Any

from hawk.backends.execution.local.backend import LocalBackend
from hawk.backends.storage.store import Storage
from hawk.cli.main import run
from hawk.jobs import packages
from hawk.server import serving
from hawk.warehouse.engine import Database
from hawk.worker import worker

assert serving
assert worker

STANDIN = Path(__file__).parent / "player.py"
ROOT = Path(__file__).parents[2]
_TRACED = tuple(str(ROOT / "hawk" / one) for one in ("jobs", "backends/execution/local"))


class Fate:
    """Counts steps, and ends this process at one of them, as a power cut would."""

    def __init__(self) -> None:
        self.armed = Path(os.environ["MORTAL_ARMED"])
        self.count = self.armed.with_suffix(".count")
        self.seen = 0
        self.passed = 0
        self.lock = threading.Lock()

    def here(self) -> None:
        """A step."""
        try:
            seen, point = self.armed.stat().st_mtime_ns, int(self.armed.read_text())
        except FileNotFoundError:
            return
        with self.lock:
            self.passed = self.passed + 1 if self.seen == seen else 1
            self.seen = seen
            if self.passed == point:
                os.kill(os.getpid(), signal.SIGKILL)
            self.count.write_text(str(self.passed))


def wrap(owner: type, name: str, fate: Fate) -> None:
    """Steps before and after a coroutine method."""
    method = getattr(owner, name)

    async def stepping(*args: Any, **options: Any) -> Any:
        fate.here()
        found = await method(*args, **options)
        fate.here()
        return found

    setattr(owner, name, stepping)


def make_steps(fate: Fate) -> None:
    """Every write to storage, every transaction and every call of the backend."""
    wrap(Storage, "put", fate)
    for name in ("launch", "control", "terminate", "remove"):
        wrap(LocalBackend, name, fate)
    write = Database.write

    @contextlib.asynccontextmanager
    async def stepping(self: Database) -> AsyncIterator[Any]:
        fate.here()
        async with write(self) as conn:
            yield conn
            fate.here()
        fate.here()

    Database.write = stepping


def trace_lines(fate: Fate) -> None:
    """Every line of Hawk's that has to do with a job's life."""

    def on_line(frame: FrameType, event: str, _arg: object) -> Any:
        if event == "line":
            fate.here()
        return on_line

    def on_call(frame: FrameType, event: str, _arg: object) -> Any:
        return on_line if frame.f_code.co_filename.startswith(_TRACED) else None

    threading.settrace(on_call)
    sys.settrace(on_call)


def use_standin() -> None:
    """Jobs that need no environment: what happens in one is not what is looked at here."""
    made = LocalBackend.__init__

    def with_standin(self: LocalBackend, *args: Any, **options: Any) -> None:
        made(self, *args, **options, runner=(sys.executable, str(STANDIN)))

    LocalBackend.__init__ = with_standin
    packages.hawk_wheel = lambda home: home / "hawk.whl"


def live(order: dict[str, Any]) -> int:
    """Run one command, in a process that is nothing else."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(order["env"])
    os.chdir(order["cwd"])
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    null = os.open(os.devnull, os.O_RDONLY)
    for number, fd in enumerate((null, log, log)):
        os.dup2(fd, number)
    use_standin()
    if "MORTAL_ARMED" in os.environ:
        fate = Fate()
        (trace_lines if os.environ.get("MORTAL_LINES") else make_steps)(fate)
    return run(order["argv"])


def main() -> None:
    """Start what is asked for, until the end of the input."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # The kernel buries the dead.
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                code = live(json.loads(line))
            finally:
                os._exit(code)
        os.write(1, f"{pid}\n".encode())


if __name__ == "__main__":
    main()
