"""From a config to a started job."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass
from pathlib import Path

import msgspec

from hawk.cli.after_start import after_start, terminal_size
from hawk.cli.insisting import insist
from hawk.cli.interrupts import Interrupts
from hawk.cli.output import say
from hawk.cli.session import Session, open_session
from hawk.cli.submission.backend import check_backend, choose_backend
from hawk.cli.submission.config import read_config, read_secrets
from hawk.cli.submission.dry_run import show_plan
from hawk.cli.submission.options import SubmitOptions
from hawk.cli.submission.packages import resolve_packages, upload
from hawk.cli.submission.trust import agree_to_server, keep_secret
from hawk.jobs.types import BackendInfo, JobDetail, ServerInfo, Submission
from hawk.packages.resolve import Resolved
from hawk.specs.load import LoadedConfig
from hawk.specs.requirements import requirement_strings


@dataclass(frozen=True)
class Prepared:
    """A submission with all that was found out on the way to it; nothing is sent yet."""

    config: LoadedConfig
    server: ServerInfo
    backend: BackendInfo
    resolved: Resolved
    submission: Submission


async def run_eval_set(
    path: Path, options: SubmitOptions, server: str | None = None, backend: str | None = None
) -> int:
    """Check a config, start it, and stay with it as the options say. Returns the exit code."""
    options.check()
    config = read_config(path, options)
    secrets = read_secrets(config.spec, options)
    async with open_session(server, backend) as session:
        keep_secret(session, secrets)
        prepared = await prepare(session, config, options, secrets, backend)
        if options.dry_run:
            show_plan(session, prepared.config, prepared.resolved, prepared.submission, json=options.json)
            return 0
        agree_to_server(session, yes=options.yes)
        with Interrupts.of(options, prepared.server) as interrupts:
            job = await submit(session, prepared)
            return await after_start(session, prepared.server, job, options, interrupts)


async def prepare(
    session: Session,
    config: LoadedConfig,
    options: SubmitOptions,
    secrets: dict[str, str],
    backend: str | None,
) -> Prepared:
    """Find out where it would run, and whether its packages can be had there."""
    server = await session.client.server()
    chosen = choose_backend(server, backend)
    check_backend(chosen, options.image_tag, config.spec)
    resolved = await resolve_packages(
        session,
        requirement_strings(config.spec),
        server.runner,
        Path(config.source).absolute().parent,
        validate=not options.skip_dependency_validation,
    )
    submission = Submission(
        key=str(uuid.uuid4()),
        kind="eval-set",
        spec=config.data,
        requirements=resolved.requirements,
        lock=resolved.lock,
        secrets=secrets,
        backend=chosen.name,
        image_tag=options.image_tag,
        log_dir_allow_dirty=options.log_dir_allow_dirty,
        priority=options.priority,
        terminal=terminal_size(server, chosen, options),
    )
    return Prepared(config, server, chosen, resolved, submission)


async def submit(session: Session, prepared: Prepared) -> JobDetail:
    """Send it, and remember its id."""
    packages = await upload(session, prepared.resolved)
    submission = msgspec.structs.replace(prepared.submission, packages=packages)
    try:
        # The key makes it the same job, however often it is sent.
        job = await insist(session, lambda: session.client.submit(submission))
    except asyncio.CancelledError:
        say(f"It may have been started {session.where}. See: hawk list jobs --mine")
        raise
    session.used.remember(job.id, session.url)
    return job
