"""How a supervisor, or a process that runs a job itself, writes down who it is."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import files, processes
from .journal import Journal

LOCK, RECORD, PLAN = "supervisor.lock", "supervisor.json", "plan.json"
REQUIREMENTS = "requirements.lock"


def is_known(records: Sequence[dict[str, Any]], launch: int) -> bool:
    """Whether this launch, or a newer one, was begun."""
    return any(record.get("event") == "launched" and record.get("launch", 0) >= launch for record in records)


def is_supervised(records: Sequence[dict[str, Any]]) -> bool:
    """Whether the process that began the newest launch still runs."""
    begun = [record for record in records if record.get("event") == "launched"]
    if not begun:
        return False
    process = processes.recorded(begun[-1]["pid"], begun[-1]["start"], begun[-1]["boot"])
    return process is not None and process.running


def write_launch(folder: Path, plan: dict[str, Any]) -> None:
    """Write the plan of a launch, and who supervises it: this process. The caller holds the lock."""
    (folder / REQUIREMENTS).unlink(missing_ok=True)
    files.write_json(folder / PLAN, plan)
    files.write_json(folder / RECORD, {**_identity(), "launch": plan["launch"]})


def record_launch(journal: Journal, mark: str, *, held: bool = False) -> None:
    """Record that a launch began under this process. Raises ``OSError`` where the disk is full."""
    journal.add("launched", **_identity(), mark=mark, held=held)
    if not journal.flush():
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _identity() -> dict[str, object]:
    me = processes.find(os.getpid())
    return {"pid": os.getpid(), "start": me.start if me else "", "boot": processes.boot_id()}
