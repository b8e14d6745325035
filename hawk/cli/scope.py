"""Of which eval set a list is: the one that was named, the last one used, or all."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from hawk.cli.output import say
from hawk.cli.session import Session, job_session, open_session
from hawk.errors import UsageFault


@asynccontextmanager
async def eval_set_scope(
    job_id: str | None, server: str | None, *, all_of_them: bool
) -> AsyncGenerator[tuple[Session, str | None]]:
    """A session and the eval set's id, None for all. What was assumed is said."""
    if all_of_them and job_id is not None:
        raise UsageFault("An ID and --all can't be combined.", fix="Leave out one of them.")
    if all_of_them:
        async with open_session(server) as session:
            yield session, None
        return
    async with job_session(job_id, server) as session:
        if session.assumed:
            say(f"Of {session.job_id}, the last one used (--all for all).")
        yield session, session.job_id
