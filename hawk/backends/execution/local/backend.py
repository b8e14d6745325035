"""Jobs as processes of this machine, each under a supervisor that outlives the command."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from hawk.backends.execution.local import places
from hawk.backends.execution.local.ending import end_launch
from hawk.backends.execution.local.environment import job_environment
from hawk.backends.execution.local.launching import start_supervisor
from hawk.backends.execution.local.logpages import read_page
from hawk.backends.execution.local.looking import Looker, read_records
from hawk.backends.execution.local.supervisor import channel, files, slots
from hawk.backends.execution.protocol import Capabilities, Launch, LogPage, Observation
from hawk.errors import Unavailable
from hawk.settings import Settings
from hawk.specs.control import Desired


class LocalBackend:
    """Runs jobs as subprocesses. ``runner`` is the command in place of ``python -m hawk.runner``.

    With ``inherit_environment`` False a job gets only the harmless part of this process's
    environment, for that of a server holds the server's credentials.
    """

    name = "local"

    def __init__(
        self, settings: Settings, *, inherit_environment: bool = True, runner: Sequence[str] = ()
    ) -> None:
        self._settings = settings
        self.capabilities = Capabilities(
            sandboxes=("docker",),
            terminal=True,
            runs_beside_server=True,
            channel=settings.local.channel,
            holds=True,
        )
        self._inherit = inherit_environment
        self._runner = list(runner)
        self._looker = Looker()

    async def launch(self, launch: Launch) -> None:
        """Start a launch under a supervisor. Returns once that holds the secrets and is recorded."""
        await asyncio.to_thread(self._launch, launch)

    async def observe(self, job_id: str) -> Observation | None:
        """The evidence about one job. What a dead supervisor left running is ended first."""
        return await asyncio.to_thread(self._looker.look, self._folder(job_id))

    async def observe_all(self) -> dict[str, Observation]:
        """The evidence about every job that has a folder."""
        return await asyncio.to_thread(self._observe_all)

    async def control(self, job_id: str, desired: Desired) -> None:
        """Replace what is wanted of the job; kept even where its launch is still to come."""
        await asyncio.to_thread(self._control, self._folder(job_id), desired)

    async def logs(self, job_id: str, *, after: int | None = None, last: int | None = None) -> LogPage:
        """A page of the job's output; the cursor is a place in the file."""
        path = self._folder(job_id) / places.OUTPUT
        return await asyncio.to_thread(read_page, path, after=after, last=last)

    async def terminate(self, job_id: str, launch: int) -> None:
        """End the launch with all that it started. Raises Unavailable where something can't be ended."""
        await asyncio.to_thread(end_launch, self._folder(job_id), launch)

    async def remove(self, job_id: str, launch: int) -> None:
        """Remove the job's folder, and its place in the line. A launch that still runs is ended first."""
        await asyncio.to_thread(self._remove, self._folder(job_id), launch)

    def _folder(self, job_id: str) -> Path:
        return places.job_folder(self._settings.home, job_id)

    def _launch(self, launch: Launch) -> None:
        folder = self._folder(launch.plan.job_id)
        try:
            _make_private(folder)
            if _is_known(folder, launch.plan.launch):
                return
            environment = job_environment(
                os.environ,
                launch.secrets.keys(),
                inherit=self._inherit,
                passed=self._settings.local.job_environment,
            )
            start_supervisor(folder, self._order(launch), environment)
        except OSError as error:
            raise Unavailable(
                f"The job can't be kept in {folder}: {error.strerror or error}.",
                fix="Check the disk and its permissions, or set HAWK_HOME to another folder.",
            ) from error

    def _order(self, launch: Launch) -> dict[str, object]:
        local = self._settings.local
        size = launch.terminal
        return {
            "plan": msgspec.to_builtins(launch.plan),
            "argv": self._runner or [launch.plan.python or sys.executable, "-P", "-m", "hawk.runner"],
            "secrets": dict(launch.secrets),
            "terminal": (size.rows, size.columns) if size else None,
            "max_running": max(local.max_running, 1),
            "stop_grace": local.stop_grace,
            "stop_cap": local.stop_cap,
            "held": launch.held,
        }

    def _observe_all(self) -> dict[str, Observation]:
        root = places.local_root(self._settings.home)
        seen = {job_id: self._looker.look(root / job_id) for job_id in places.job_ids(self._settings.home)}
        return {job_id: one for job_id, one in seen.items() if one is not None}

    def _control(self, folder: Path, desired: Desired) -> None:
        path = folder / channel.DESIRED
        data = msgspec.json.encode(desired)
        _make_private(folder)
        # Said again by every reconcile: written only where it says something new.
        if not path.exists() or path.read_bytes() != data:
            files.write_atomic(path, data)

    def _remove(self, folder: Path, launch: int) -> None:
        newest = _newest(folder)
        if 0 < newest <= launch:
            end_launch(folder, newest)
        # Once more: ending takes its time, and another deleter may have been faster, and a launch followed.
        if _newest(folder) > launch:
            return
        shutil.rmtree(folder, ignore_errors=True)
        slots.forget(folder.parent, folder.name)
        self._looker.forget(folder)


def _make_private(folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)


def _is_known(folder: Path, launch: int) -> bool:
    return any(one.event == "launched" and one.launch >= launch for one in read_records(folder))


def _newest(folder: Path) -> int:
    return max((record.launch for record in read_records(folder)), default=0)
