"""``--direct``: a job in this process and in the environment it was started from, for debuggers.

It is submitted through the API like any other. The backend's `launch` is answered by this process's main
thread, where Inspect's own event loop and a debugger can be; the API waits for that in a thread of its own.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import queue
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import cast

from hawk.backends.execution.local.backend import LocalBackend
from hawk.backends.execution.local.direct import run_direct
from hawk.backends.execution.protocol import Launch
from hawk.cli.last_used import LastUsed
from hawk.cli.output import say
from hawk.cli.session import JobSession, Session, current_settings
from hawk.cli.submission.config import read_config, read_secrets
from hawk.cli.submission.options import SubmitOptions
from hawk.cli.submission.packages import resolve_packages, upload
from hawk.cli.summary import print_summary
from hawk.client.connect import HERE, connect
from hawk.errors import EXIT_INTERRUPTED, HawkError, Unavailable, UsageFault
from hawk.jobs.states import exit_code_of
from hawk.jobs.types import JobStatus, Submission
from hawk.settings import Settings
from hawk.specs.load import LoadedConfig
from hawk.specs.requirements import requirement_strings

Run = Callable[..., int]


def run_here(path: Path, options: SubmitOptions) -> int:
    """Run an eval set in this process. Returns the exit code of the command."""
    run = _runner()
    if options.detach or options.watch or options.dry_run:
        raise UsageFault(
            "--direct runs the job in this command.", fix="Leave out --direct, or the other flag."
        )
    config = read_config(path, options)
    secrets = read_secrets(config.spec, options)
    settings = current_settings()
    backend = _Here(settings)
    submitting = _Submitting(lambda: _submit(settings, backend, config, options, secrets), backend)
    submitting.start()
    launch = backend.wait()

    def main(folder: Path, attempt: int) -> int:
        backend.begun.set()
        submitting.join()
        say(f"Running {launch.plan.job_id} in this process.")
        return run(folder, attempt, launch.secrets)

    try:
        run_direct(settings, launch, main)
    except HawkError as error:
        backend.refuse(error)
        submitting.join()
        raise
    return asyncio.run(_conclude(settings, launch.plan.job_id))


class _Here(LocalBackend):
    """The local backend, with this process in place of a supervisor for the one launch it is made for."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.begun = threading.Event()
        self._handed: queue.Queue[Launch | BaseException] = queue.Queue()
        self._refused: HawkError | None = None

    async def launch(self, launch: Launch) -> None:
        """Hand the launch to the main thread. Returns once it is recorded there."""
        self._handed.put(launch)
        await asyncio.to_thread(self.begun.wait)
        if self._refused is not None:
            raise self._refused

    def wait(self) -> Launch:
        """The launch, once the API has it ready; raises what kept the API from it."""
        handed = self._handed.get()
        if isinstance(handed, BaseException):
            raise handed
        return handed

    def refuse(self, error: HawkError) -> None:
        """Let the API's `launch` fail."""
        self._refused = error
        self.begun.set()

    def fail(self, error: BaseException) -> None:
        """Nothing will be handed over."""
        self._handed.put(error)


class _Submitting(threading.Thread):
    """Speaks to the API beside the main thread."""

    def __init__(self, work: Callable[[], object], backend: _Here) -> None:
        super().__init__(name="hawk-submit", daemon=True)
        self._work = work
        self._backend = backend

    def run(self) -> None:
        """Submit; what goes wrong is raised in the main thread, which waits for the launch."""
        try:
            self._work()
        except BaseException as error:  # noqa: BLE001 - it belongs to the thread that waits
            self._backend.fail(error)


def _submit(
    settings: Settings, backend: _Here, config: LoadedConfig, options: SubmitOptions, secrets: dict[str, str]
) -> None:
    asyncio.run(_submit_async(settings, backend, config, options, secrets))


async def _submit_async(
    settings: Settings, backend: _Here, config: LoadedConfig, options: SubmitOptions, secrets: dict[str, str]
) -> None:
    async with connect(settings, HERE, backends={backend.name: backend}) as client:
        session = Session(settings, client, None, LastUsed(settings))
        server = await client.server()
        # The packages of this environment run; those of the config are kept for a later resume.
        base = Path(config.source).absolute().parent
        named = requirement_strings(config.spec)
        resolved = await resolve_packages(session, named, server.runner, base, validate=False)
        submission = Submission(
            key=str(uuid.uuid4()),
            kind="eval-set",
            spec=config.data,
            requirements=resolved.requirements,
            packages=await upload(session, resolved),
            secrets=secrets,
            backend=backend.name,
            log_dir_allow_dirty=options.log_dir_allow_dirty,
        )
        job = await client.submit(submission)
        session.used.remember(job.id, None)


async def _conclude(settings: Settings, job_id: str) -> int:
    async with connect(settings, HERE) as client:
        session = JobSession(settings, client, None, LastUsed(settings), job_id, assumed=False)
        job = await client.job(job_id)
        await print_summary(session, job)
    return EXIT_INTERRUPTED if job.status is JobStatus.STOPPED else exit_code_of(job.status, job.exit_code)


def _runner() -> Run:
    """The runner's inner stage, which is imported for this alone: it isn't the CLI's to know."""
    if importlib.util.find_spec("inspect_ai") is None:
        raise Unavailable(
            "--direct runs in this environment, and Inspect isn't installed in it.",
            fix="Install it with: uv pip install 'hawk[runner]'",
        )
    return cast("Run", importlib.import_module("hawk.runner.inside").run)
