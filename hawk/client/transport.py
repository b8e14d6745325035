"""The transport to a server that may not be there."""

from __future__ import annotations

import httpx

from hawk import errors


class UnreachableTransport(httpx.AsyncBaseTransport):
    """Says in Hawk's words that a server can't be reached."""

    def __init__(self, url: str, inner: httpx.AsyncBaseTransport) -> None:
        self._url = url
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pass the request on. Raises Unavailable where no answer comes."""
        try:
            return await self._inner.handle_async_request(request)
        except httpx.TransportError as error:
            raise errors.Unavailable(
                f"{self._url} does not answer ({error or type(error).__name__}).",
                fix="Check HAWK_API_URL and the network, or use `--server local` for this machine.",
            ) from error

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()
