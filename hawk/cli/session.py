"""What a command works with: the settings, a client of the right server, and the id it is about."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from hawk.cli.belonging import check_belonging
from hawk.cli.environment import load_dotenv
from hawk.cli.last_used import LastUsed
from hawk.cli.output import say
from hawk.client.client import HawkClient
from hawk.client.connect import HERE, connect, remote_url
from hawk.errors import NotFound, UsageFault
from hawk.settings import Settings, load_settings

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")


@dataclass(frozen=True)
class Session:
    """A client, and where it leads: ``url`` is None for this machine."""

    settings: Settings
    client: HawkClient
    url: str | None
    used: LastUsed

    @property
    def where(self) -> str:
        """Where commands say that things happen: ``on this machine``, or ``on`` a URL."""
        return f"on {self.url or 'this machine'}"

    def say_pending(self) -> None:
        """Say that the newest answer may still grow."""
        if pending := self.client.pending_imports:
            logs = "1 log is" if pending == 1 else f"{pending} logs are"
            say(f"{logs} still being read; ask again for all results.")


@dataclass(frozen=True)
class JobSession(Session):
    """A session about one job. ``assumed`` says that the user gave no id."""

    job_id: str
    assumed: bool


@asynccontextmanager
async def open_session(server: str | None = None, backend: str | None = None) -> AsyncGenerator[Session]:
    """A session with a server, else with that of the settings, else on this machine."""
    settings = current_settings()
    url = remote_url(settings, server, backend)
    check_belonging(settings, url)
    async with connect(settings, server, backend) as client:
        yield Session(settings, client, url, LastUsed(settings))


@asynccontextmanager
async def results_session(ids: Sequence[str], server: str | None = None) -> AsyncGenerator[Session]:
    """A session about several ids: with the server that the first of them it is known of is on."""
    used = LastUsed(current_settings())
    homes = (used.server_of(one) for one in ids if server is None)
    home = next((one for one in homes if one is not None), None)
    async with open_session(server if home is None else home or HERE) as session:
        yield session


@asynccontextmanager
async def job_session(job_id: str | None, server: str | None = None) -> AsyncGenerator[JobSession]:
    """A session about a job, on the server that has it; without an id about the last one used.

    An id that was given is the last one from then on, unless it turns out that there is no such job.
    """
    settings = current_settings()
    used = LastUsed(settings)
    found, place = _find(used, job_id, server)
    url = remote_url(settings, place, None)
    check_belonging(settings, url)
    async with connect(settings, place) as client:
        session = JobSession(settings, client, url, used, found, assumed=job_id is None)
        known = True
        try:
            yield session
        except NotFound:
            known = False
            raise
        finally:
            if known:
                used.remember(found, session.url)


def current_settings() -> Settings:
    """The settings in force, ``.env`` read."""
    load_dotenv()
    return load_settings()


def _find(used: LastUsed, job_id: str | None, server: str | None) -> tuple[str, str | None]:
    if job_id is not None:
        if not _ID.match(job_id):
            raise UsageFault(f"{job_id!r} can't be the id of a job.", fix="`hawk list jobs` shows the ids.")
        home = used.server_of(job_id) if server is None else None
        return job_id, server if home is None else home or HERE
    last = used.last(None if server == HERE else server, anywhere=server is None)
    if last is None:
        raise UsageFault(
            "No id was given, and no job was used before.",
            fix="Give an id (`hawk list jobs` shows them), or start a job with `hawk eval-set CONFIG`.",
        )
    return last.id, server or (HERE if last.server.startswith("file:") else last.server)
