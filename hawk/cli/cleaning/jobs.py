"""The folders of ended jobs: their output and how their processes went. Logs and results are elsewhere."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

from hawk.backends.execution.local.places import ATTEMPTS, LOCK, job_ids, local_root
from hawk.backends.execution.local.supervisor import slots
from hawk.backends.execution.local.supervisor.locks import try_lock
from hawk.cli.cleaning.kept import Kept, when
from hawk.cli.cleaning.live import is_live
from hawk.cli.session import open_session
from hawk.client.client import HawkClient
from hawk.client.connect import HERE
from hawk.errors import NotFound
from hawk.jobs.states import TERMINAL
from hawk.packages.prune import size_of


async def ended_jobs(home: Path) -> list[Kept]:
    """The folders of jobs that are known to have ended; one that the database doesn't know stays."""
    folders = [local_root(home) / job_id for job_id in job_ids(home)]
    folders = [one for one in folders if (one / ATTEMPTS).exists() and not is_live(one)]
    if not folders:
        return []
    async with open_session(HERE) as session:
        return [one async for one in _ended(session.client, folders)]


def remove_job(one: Kept) -> bool:
    """Remove the folder of an ended job; False where it was resumed meanwhile."""
    folder = one.place
    lock = try_lock(folder / LOCK)
    if lock is None:
        return False
    try:
        # A resume that comes now finds no folder, and makes one of its own.
        gone = folder.with_name(f".{folder.name}.gone")
        folder.rename(gone)
        shutil.rmtree(gone)
    finally:
        os.close(lock)
    slots.forget(folder.parent, folder.name)
    return True


async def _ended(client: HawkClient, folders: list[Path]) -> AsyncIterator[Kept]:
    for folder in folders:
        try:
            # Asking settles it: from then on its end is in the database, and its evidence may go.
            job = await client.job(folder.name)
        except NotFound:
            continue
        if job.status in TERMINAL:
            used = when((folder / ATTEMPTS).stat().st_mtime)
            yield Kept(kind="job", path=str(folder), size=size_of(folder), used_at=used)
