"""A job that runs in this very process, with the same evidence as one under a supervisor."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from hawk.backends.execution.local import places
from hawk.backends.execution.local.looking import read_records
from hawk.backends.execution.local.supervisor import processes, tree
from hawk.backends.execution.local.supervisor.causes import cause_of
from hawk.backends.execution.local.supervisor.channel import Channel
from hawk.backends.execution.local.supervisor.journal import Journal
from hawk.backends.execution.local.supervisor.locks import try_lock
from hawk.backends.execution.local.supervisor.masking import Mask
from hawk.backends.execution.local.supervisor.record import record_launch, write_launch
from hawk.backends.execution.local.supervisor.stopping import Stopping
from hawk.backends.execution.local.supervisor.verdict import End, Verdict, judge
from hawk.backends.execution.protocol import Launch
from hawk.errors import EXIT_FAILED, Conflict
from hawk.settings import Settings

Main = Callable[[Path, int], int]

_ATTEMPT = 1
_POLL = 0.25
_LEFTOVER_GRACE = 0.5


def run_direct(settings: Settings, launch: Launch, main: Main) -> int:
    """Call ``main`` with the job's folder and the attempt, and return its exit code.

    To :meth:`LocalBackend.observe` it is a launch of one attempt, without a slot and without
    restarts. A stop that ``main`` doesn't follow in time ends this process. What ``main`` raises is
    recorded and raised again. Raises :class:`Conflict` where the launch, or another, already runs.
    """
    folder = places.job_folder(settings.home, launch.plan.job_id)
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    with _locked(folder, launch.plan.launch):
        write_launch(folder, msgspec.to_builtins(launch.plan))
        run = _Run(settings, launch, folder)
        with _marked(run.mark):
            run.begin()
            return run.call(main)


class _Run:
    """The records of a direct run, and the thread that enforces a stop."""

    def __init__(self, settings: Settings, launch: Launch, folder: Path) -> None:
        plan = launch.plan
        self.mark = tree.mark_of(folder, plan.installation, plan.launch)
        self._folder = folder
        self._journal = Journal(folder, plan.launch)
        self._channel = Channel(folder, plan.launch)
        self._stopping = Stopping(settings.local.stop_grace, settings.local.stop_cap)
        self._mask = Mask(launch.secrets.values())
        self._over = threading.Event()
        self._ending = threading.Lock()

    def begin(self) -> None:
        """Record the launch and its only attempt."""
        record_launch(self._journal, self.mark)
        me = processes.find(os.getpid())
        self._journal.add("attempt-started", attempt=_ATTEMPT, pid=os.getpid(), start=me.start if me else "")
        threading.Thread(target=self._watch, name="hawk-stop", daemon=True).start()

    def call(self, main: Main) -> int:
        """Run, and record the end whatever it is."""
        try:
            code = main(self._folder, _ATTEMPT)
        except SystemExit as error:
            self._finish(error.code if isinstance(error.code, int) else EXIT_FAILED)
            raise
        except KeyboardInterrupt:
            self._record(None, "interrupted", Verdict("stopped", "interrupted by Ctrl-C"))
            raise
        except BaseException as error:
            cause = self._mask.hide(f"{type(error).__name__}: {error}".encode()).decode()
            self._record(None, cause, Verdict("failed", f"crashed: {cause}"))
            raise
        self._finish(code)
        return code

    def _finish(self, code: int) -> None:
        self._channel.look()
        cause = cause_of(code, out_of_memory=False)
        outcome = self._channel.outcome(_ATTEMPT)
        # A Ctrl-C that the runner obeyed is a stop that nobody wrote down.
        stopped = self._channel.stop or bool(outcome.get("stopped"))
        verdict = judge(End(_ATTEMPT, code, cause, outcome), stop_asked=stopped, max_restarts=0)
        self._record(code, cause, verdict or Verdict("failed", cause))

    def _record(self, code: int | None, cause: str | None, verdict: Verdict) -> bool:
        """Record the end, once; False where it is recorded already."""
        with self._ending:
            if self._over.is_set():
                return False
            self._over.set()
            tree.end(tree.Tree(self.mark), grace=_LEFTOVER_GRACE)
            self._journal.add("attempt-ended", attempt=_ATTEMPT, exit_code=code, cause=cause)
            self._journal.add("finished", state=verdict.state, reason=verdict.reason)
            while not self._journal.flush():
                time.sleep(_POLL)  # The disk is full: what happened must not be lost.
            return True

    def _watch(self) -> None:
        while not self._over.wait(_POLL):
            with self._ending:
                self._journal.flush()
            self._channel.look()
            if self._channel.stop and self._has_to_end():
                verdict = Verdict("stopped", f"stopped: {self._stopping.reason}")
                if self._record(None, "ended by the stop", verdict):
                    os._exit(EXIT_FAILED)

    def _has_to_end(self) -> bool:
        progress = self._channel.progress(_ATTEMPT)
        # "terminate" is not for this process: its `main` reads what is wanted of it, or is ended.
        return self._stopping.step(time.monotonic(), progress, at_once=self._channel.stop_now) == "end"


@contextmanager
def _locked(folder: Path, launch: int) -> Generator[None]:
    lock = try_lock(folder / places.LOCK)
    if lock is None:
        raise Conflict(f"{folder.name} already runs.", fix=f"See it with: hawk status {folder.name}")
    try:
        if any(one.event == "launched" and one.launch >= launch for one in read_records(folder)):
            raise Conflict(f"Launch {launch} of {folder.name} was begun before.")
        yield
    finally:
        os.close(lock)


@contextmanager
def _marked(mark: str) -> Generator[None]:
    name, value = mark.split("=", 1)
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
