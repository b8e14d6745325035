"""The packages of a config: resolved on this machine, for where the job will run."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from hawk.cli.insisting import insist
from hawk.cli.output import say
from hawk.cli.rendering.values import size
from hawk.cli.session import Session
from hawk.jobs.types import RunnerInfo, UploadedWheel
from hawk.packages.resolve import Resolved, RunnerTarget, resolve
from hawk.packages.uv import stop_uv

_LARGE = 5_000_000
"""Bytes of a wheel whose way to a server may take a while."""


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
    """Put the wheels of local packages where the submission can name them: those that aren't there yet."""
    for wheel in resolved.wheels:
        if await session.client.has_package(wheel.sha256, wheel.filename):
            continue
        if wheel.path.stat().st_size > _LARGE:
            say(f"Sending {wheel.filename} ({size(wheel.path.stat().st_size)}) …")
        await insist(session, lambda one=wheel: session.client.upload_package(one.sha256, one.path))
    return tuple(UploadedWheel(wheel.sha256, wheel.filename) for wheel in resolved.wheels)
