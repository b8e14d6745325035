"""The server as a process."""

from __future__ import annotations

import asyncio

import uvicorn

from hawk.server.app import served_app
from hawk.settings import Settings


def serve(settings: Settings) -> int:
    """Answer requests until SIGTERM or SIGINT. Returns the exit code."""
    return asyncio.run(_serve(settings))


async def _serve(settings: Settings) -> int:
    async with served_app(settings) as app:
        config = uvicorn.Config(app, host=settings.serve.host, port=settings.serve.port, log_config=None)
        await uvicorn.Server(config).serve()
    return 0
