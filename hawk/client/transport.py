"""The connection to a server that may be away, for a moment or for good."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import httpx

from hawk.client.skew import check_versions
from hawk.client.strangers import GATEWAY
from hawk.client.unreachable import is_passing, unreachable

_PAUSES: Final = (0.2, 0.5, 1.0)
"""Seconds before each further try of a request that changes nothing."""

_SAFE = frozenset({"GET", "HEAD"})


class RemoteClient(httpx.AsyncClient):
    """Says in Hawk's words why no answer comes, and asks again where asking twice does no harm.

    It follows no redirect: what a request carries is for the server that was named alone.
    """

    def __init__(self, url: str, **options: Any) -> None:
        super().__init__(base_url=url, follow_redirects=False, **options)
        self._url = url

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """The answer to a request. Raises Unavailable where none comes, VersionSkew for one that can't be."""
        for pause in _PAUSES if request.method in _SAFE else ():
            try:
                answer = await super().send(request, **options)
            except httpx.TransportError as error:
                if not is_passing(error):
                    raise unreachable(self._url, error) from error
            else:
                if not _is_away(answer):
                    return _checked(answer)
                await answer.aclose()
            await asyncio.sleep(pause)
        try:
            return _checked(await super().send(request, **options))
        except httpx.TransportError as error:
            raise unreachable(self._url, error) from error


def _is_away(answer: httpx.Response) -> bool:
    """Whether a proxy answered for a server that is just not there, or the server says to ask again."""
    of_hawk = "problem+json" in answer.headers.get("content-type", "")
    return answer.status_code in GATEWAY and (not of_hawk or "retry-after" in answer.headers)


def _checked(answer: httpx.Response) -> httpx.Response:
    check_versions(answer)
    return answer
