"""Bodies of requests come at some pace, or the request ends: a slow client must not hold a place for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from hawk.errors import SlowRequest

Receive = Callable[[], Awaitable[Any]]

FIRST_SECONDS = 30.0
"""How long a body may take whatever its size."""
SLOWEST = 16 * 1024
"""Bytes a second that it must come with beyond that."""


def paced(receive: Receive) -> Receive:
    """The same messages, as long as the body comes fast enough. Raises SlowRequest."""
    clock = asyncio.get_running_loop().time
    began, got, complete = clock(), 0, False

    async def next_message() -> Any:
        nonlocal got, complete
        if complete:
            # What is waited for now is the client's leaving.
            return await receive()
        try:
            async with asyncio.timeout_at(began + FIRST_SECONDS + got / SLOWEST):
                message = await receive()
        except TimeoutError as error:
            raise SlowRequest(
                f"The request's body came too slowly: {got} bytes in {clock() - began:.0f} s.",
                fix="Check the network and try again.",
            ) from error
        got += len(message.get("body", b""))
        complete = not message.get("more_body", False)
        return message

    return next_message
