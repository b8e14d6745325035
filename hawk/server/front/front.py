"""One request after another, from the socket to the app and back."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from http import HTTPStatus
from typing import Any

from hawk.errors import Busy, HawkError, Unavailable
from hawk.operator_log.context import job_id, request_id
from hawk.operator_log.lines import FIELDS
from hawk.server.front.bodies import Receive, paced
from hawk.server.front.callers import Callers
from hawk.server.front.headers import Headers, id_of, with_security
from hawk.server.metrics.requests import RequestFigures
from hawk.server.problems import refusal

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

logger = logging.getLogger("hawk.access")

UNKNOWN_ROUTE = "(none)"
"""The route of requests that no route answers: their paths are endless."""

_ASKING = frozenset({"GET", "HEAD"})
_PROBES = "/health/"
"""What a load balancer asks of an address, whatever the name and however much there is to do."""


class Front:
    """The ASGI app that a server gives to the network. ``app`` is the one that answers."""

    def __init__(
        self, app: App, figures: RequestFigures, callers: Callers, *, at_once: int, answer_seconds: float
    ) -> None:
        self._app = app
        self._figures = figures
        self._callers = callers
        self._at_once = at_once
        self._answer_seconds = answer_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        answer = _Answer(scope, send, self._callers.may_read(headers), id_of(headers))
        request_id.set(answer.id)
        self._figures.begin()
        try:
            await self._answer(scope, headers, receive, answer)
        finally:
            self._end(scope, answer)

    async def _answer(
        self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive, answer: _Answer
    ) -> None:
        error = None if scope["path"].startswith(_PROBES) else self._refusal(headers)
        if error is not None:
            await answer.refuse(error)
        elif (allowed := self._callers.preflight(scope["method"], headers)) is not None:
            await answer.whole(204, allowed, b"")
        elif scope["method"] in _ASKING:
            await self._in_time(scope, receive, answer)
        else:
            await self._app(scope, paced(receive), answer.send)

    async def _in_time(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        """Who asks changes nothing, so an answer that takes too long to begin can be given up."""
        try:
            async with asyncio.timeout(self._answer_seconds) as answer.limit:
                await self._app(scope, paced(receive), answer.send)
        except TimeoutError:
            if answer.status is None:
                await answer.refuse(
                    Unavailable(
                        f"The answer was not found within {self._answer_seconds:.0f} s.",
                        fix="Ask for less, or have the operator raise [serve] answer_seconds.",
                    )
                )

    def _refusal(self, headers: Mapping[bytes, bytes]) -> HawkError | None:
        refusal = self._callers.refusal(headers)
        if refusal is not None or self._figures.at_work <= self._at_once:
            return refusal
        return Busy(f"The server answers {self._at_once} requests already.", fix="Try again in a moment.")

    def _end(self, scope: Scope, answer: _Answer) -> None:
        seconds = time.perf_counter() - answer.began
        status = answer.status or 499
        route = scope.get("path_template") or UNKNOWN_ROUTE
        self._figures.end(route, scope["method"], status, seconds)
        params: dict[str, str] = scope.get("path_params", {})
        job_id.set(params.get("job_id"))
        routine = status < HTTPStatus.BAD_REQUEST and _is_routine(scope["path"])
        level = logging.DEBUG if routine else logging.INFO
        if logger.isEnabledFor(level):
            logger.log(level, "request", extra={FIELDS: _about(scope, status, seconds)})


def _about(scope: Scope, status: int, seconds: float) -> dict[str, Any]:
    client = scope.get("client")
    return {
        "method": scope["method"],
        "path": scope.get("raw_path", b"").decode("latin-1"),
        "status": status,
        "seconds": round(seconds, 4),
        "client": client[0] if client else None,
        "user": getattr(scope.get("user"), "name", None),
    }


def _is_routine(path: str) -> bool:
    """Whether it is asked so often, and by so many, that a line of each would hide all others."""
    return path.startswith(_PROBES) or (path.startswith("/api/runner/") and path.endswith("/heartbeat"))


class _Answer:
    """What is sent back: noted, and with the headers that all answers have."""

    def __init__(self, scope: Scope, send: Send, cors: Headers, given_id: str) -> None:
        self._scope = scope
        self._send = send
        self._cors = cors
        self.id = given_id
        self.began = time.perf_counter()
        self.status: int | None = None
        self.limit: asyncio.Timeout | None = None

    async def send(self, message: Message) -> None:
        """Pass a message of the app on."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            if self.limit is not None and not self.limit.expired():
                self.limit.reschedule(None)
            own = [*message.get("headers", ()), (b"x-request-id", self.id.encode()), *self._cors]
            message = {**message, "headers": with_security(own, self._scope["scheme"])}
        await self._send(message)

    async def refuse(self, error: HawkError) -> None:
        """Answer with an error of the tree."""
        body, headers = refusal(error, self._scope["path"])
        await self.whole(error.status, headers, body)

    async def whole(self, status: int, headers: Headers, body: bytes) -> None:
        """Answer at once."""
        length = (b"content-length", str(len(body)).encode())
        await self.send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
        await self.send({"type": "http.response.body", "body": body})
