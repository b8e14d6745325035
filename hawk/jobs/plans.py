"""Makes the plan of a launch from its record."""

from __future__ import annotations

from hawk.backends.execution.protocol import ExecutionBackend
from hawk.jobs.packages import Packages
from hawk.jobs.records import LaunchRecord
from hawk.settings import Settings, local_folder
from hawk.specs.plan import HttpChannel, RunPlan


class Plans:
    """What a runner is told, on this installation."""

    def __init__(self, settings: Settings, packages: Packages, installation: str, *, embedded: bool) -> None:
        self._settings = settings
        self._packages = packages
        self._installation = installation
        self._url = None if embedded else url_for_jobs(settings)

    async def plan(self, job_id: str, record: LaunchRecord, backend: ExecutionBackend) -> RunPlan:
        """The plan of a launch, its packages laid out on this machine."""
        ready = await self._packages.ready(record)
        return RunPlan(
            job_id=job_id,
            kind=record.kind,
            launch=record.launch,
            installation=self._installation,
            spec=record.spec,
            log_dir=self.log_dir(job_id),
            created_by=record.user,
            created_at=record.time,
            requirements=ready.requirements,
            lock=record.lock,
            hawk_wheel=ready.hawk_wheel,
            python=ready.python,
            environments=str(self._settings.home / "environments"),
            wheels=ready.wheels,
            log_dir_allow_dirty=record.log_dir_allow_dirty,
            errors_only=record.errors_only,
            max_restarts=self._settings.local.max_restarts,
            priority=record.priority,
            channel=self._channel(backend),
        )

    def _channel(self, backend: ExecutionBackend) -> HttpChannel | None:
        """How the runner speaks to Hawk: over HTTP only where there is a server."""
        if self._url is None or backend.capabilities.channel == "files":
            return None
        return HttpChannel(self._url)

    def log_dir(self, job_id: str) -> str:
        """Where a job writes its logs, as Inspect takes it: a path on this machine, or a URL."""
        return log_dir(self._settings, job_id)


def url_for_jobs(settings: Settings) -> str:
    """Where the runner of a job reaches this server."""
    serve = settings.serve
    if serve.url_for_jobs:
        return serve.url_for_jobs.rstrip("/")
    host = "127.0.0.1" if serve.host in {"", "0.0.0.0", "::"} else serve.host  # noqa: S104 - none is bound here
    return f"http://{f'[{host}]' if ':' in host else host}:{serve.port}"


def log_dir(settings: Settings, job_id: str) -> str:
    """Where a job of an installation writes its logs."""
    url = f"{settings.evals_url}/{job_id}"
    return str(local_folder(url) or url)
