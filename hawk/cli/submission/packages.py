"""The packages of a config: resolved on this machine, for where the job will run."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from hawk.cli.output import say
from hawk.cli.session import Session
from hawk.jobs.types import RunnerInfo, UploadedWheel
from hawk.packages.resolve import Resolved, RunnerTarget, resolve
from hawk.packages.uv import stop_uv


async def resolve_packages(
    session: Session, requirements: Sequence[str], runner: RunnerInfo, base: Path, *, validate: bool
) -> Resolved:
    """Build what is local and resolve the rest; says what takes time, and nothing where nothing does."""
    target = RunnerTarget(runner.python, runner.platform, runner.requirements)

    def work() -> Resolved:
        return resolve(
            requirements,
            target,
            home=session.settings.home,
            base=base,
            validate=validate,
            report=lambda line: say(f"{line} …"),
        )

    try:
        return await asyncio.to_thread(work)
    except asyncio.CancelledError:
        stop_uv()  # Ctrl-C: the thread waits for uv, and the end of this process for the thread.
        raise


async def upload(session: Session, resolved: Resolved) -> tuple[UploadedWheel, ...]:
    """Put the wheels of local packages where the submission can name them."""
    for wheel in resolved.wheels:
        await session.client.upload_package(wheel.sha256, wheel.path)
    return tuple(UploadedWheel(wheel.sha256, wheel.filename) for wheel in resolved.wheels)
