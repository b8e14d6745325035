"""A new launch of an ended job."""

from __future__ import annotations

import uuid
from pathlib import Path

import msgspec

from hawk.cli.after_start import after_start, terminal_size
from hawk.cli.insisting import insist
from hawk.cli.interrupts import Interrupts
from hawk.cli.session import JobSession, job_session
from hawk.cli.submission.backend import choose_backend
from hawk.cli.submission.config import read_config, read_secrets
from hawk.cli.submission.options import LaunchOptions
from hawk.cli.submission.packages import resolve_packages, upload
from hawk.cli.submission.trust import agree_to_server, keep_secret
from hawk.errors import UsageFault
from hawk.jobs.types import Resume, ServerInfo
from hawk.specs.load import LoadedConfig, decode_spec
from hawk.specs.requirements import requirement_strings


async def run_resume(
    job_id: str | None, path: Path | None, options: LaunchOptions, server: str | None, *, errors_only: bool
) -> int:
    """Launch a job again, with its saved config unless another is given. Returns the exit code."""
    options.check()
    if path is None and options.overrides:
        raise UsageFault("--set changes a config.", fix="Give the config too, with --config FILE.")
    config = read_config(path, options) if path else None
    async with job_session(job_id, server) as session:
        info = await session.client.server()
        before = await session.client.job(session.job_id)
        agree_to_server(session, yes=options.yes)
        resume = await _resume(session, info, config, options, errors_only=errors_only)
        terminal = terminal_size(info, choose_backend(info, before.backend), options)
        resume = msgspec.structs.replace(resume, terminal=terminal)
        keep_secret(session, resume.secrets)
        with Interrupts.of(options, info) as interrupts:
            job = await insist(session, lambda: session.client.resume(session.job_id, resume))
            return await after_start(session, info, job, options, interrupts)


async def _resume(
    session: JobSession,
    info: ServerInfo,
    config: LoadedConfig | None,
    options: LaunchOptions,
    *,
    errors_only: bool,
) -> Resume:
    key = str(uuid.uuid4())
    if config is None:
        saved = await session.client.spec(session.job_id)
        secrets = read_secrets(decode_spec(saved.spec, saved.kind).spec, options)
        return Resume(key=key, secrets=secrets, errors_only=errors_only)
    secrets = read_secrets(config.spec, options)
    base = Path(config.source).absolute().parent
    validate = not options.skip_dependency_validation
    named = requirement_strings(config.spec)
    resolved = await resolve_packages(session, named, info.runner, base, validate=validate)
    return Resume(
        key=key,
        secrets=secrets,
        spec=config.data,
        requirements=resolved.requirements,
        lock=resolved.lock,
        packages=await upload(session, resolved),
        errors_only=errors_only,
    )
