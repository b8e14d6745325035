"""Where the local backend keeps a job, and the names of what is in there."""

from __future__ import annotations

from pathlib import Path

from hawk.backends.execution.local.supervisor import journal, output, record
from hawk.errors import UsageFault

ATTEMPTS, OUTPUT = journal.NAME, output.NAME
LOCK, REQUIREMENTS = record.LOCK, record.REQUIREMENTS
LOST = "lost.json"
SUPERVISOR_OUTPUT = "supervisor.log"


def local_root(home: Path) -> Path:
    """The folder of all local jobs."""
    return home / "local"


def job_folder(home: Path, job_id: str) -> Path:
    """A job's folder, there or not. Raises :class:`UsageFault` for an id that is no single name."""
    if not job_id or job_id.startswith(".") or "/" in job_id or "\0" in job_id:
        raise UsageFault(f"{job_id!r} can't be the id of a job.")
    return local_root(home) / job_id


def job_ids(home: Path) -> list[str]:
    """Every job that has a folder."""
    try:
        return [path.name for path in local_root(home).iterdir() if not path.name.startswith(".")]
    except FileNotFoundError:
        return []
