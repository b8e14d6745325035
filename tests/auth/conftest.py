"""A served app in the test's process, with a login provider whose keys the test holds."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import httpx
import pytest

from hawk.server.app import served_app
from hawk.settings import Settings, load_settings
from tests.auth.issuer import AUDIENCE, Issuer, issuing
from tests.jobs.conftest import Stage


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with issuing() as made:
        yield made


@pytest.fixture
def environ(tmp_path: Path, issuer: Issuer) -> dict[str, str]:
    """What the server is set up with."""
    return {
        "HAWK_HOME": str(tmp_path / "home"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "HAWK_AUTH_ISSUER": issuer.url,
        "HAWK_AUTH_AUDIENCE": AUDIENCE,
        "HAWK_AUTH_CLIENT_ID": "hawk-cli",
        "HAWK_AUTH_ADMIN_GROUPS": "hawk-admins",
        "HAWK_ALLOW_LOCAL_BACKEND": "true",
    }


@pytest.fixture
def settings(environ: dict[str, str]) -> Settings:
    return load_settings(environ)


@pytest.fixture
def stage() -> Stage:
    return Stage()


@asynccontextmanager
async def serving(settings: Settings, stage: Stage) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server, without a login."""
    async with served_app(settings, backends={"local": stage}) as app:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
            yield http


@pytest.fixture
async def http(settings: Settings, stage: Stage) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(settings, stage) as client:
        yield client


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


Serving = Callable[[Settings, Stage], AbstractAsyncContextManager[httpx.AsyncClient]]
