"""``hawk web``."""

from __future__ import annotations

from hawk.cli.options import Id, Server
from hawk.cli.session import job_session
from hawk.cli.viewer import eval_set_page, open_page, viewer_of


async def web(job_id: Id = None, /, *, server: Server = None) -> None:
    """Open an eval set's page, and print its address."""
    async with job_session(job_id, server) as session:
        open_page(eval_set_page(await viewer_of(session), session.job_id))
