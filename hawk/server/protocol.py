"""HTTP as a server takes it from anybody: headers come soon, are short, and what is refused isn't read on."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADER_SECONDS = 20.0
"""How long a request may take to say what it wants."""
MAX_HEADERS = 64 * 1024
"""Bytes of a request's line and headers."""
LINGER_SECONDS = 5.0
"""How long the rest of a body is read, and thrown away, whose request is answered already."""

_TOO_LONG = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-type: text/plain; charset=utf-8\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
)


class PatientProtocol(HttpToolsProtocol):
    """One connection."""

    _limit: asyncio.TimerHandle | None = None
    _header_bytes = 0
    _in_headers = True

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Wait for a request, not for ever."""
        super().connection_made(transport)
        self._close_in(HEADER_SECONDS)

    def data_received(self, data: bytes) -> None:
        """Count what is no body."""
        if self._in_headers:
            self._header_bytes += len(data)
        super().data_received(data)
        if self._in_headers and self._header_bytes > MAX_HEADERS and not self.transport.is_closing():
            self.transport.write(_TOO_LONG)
            self.transport.close()

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._in_headers = True
        self._close_in(HEADER_SECONDS)

    def on_headers_complete(self) -> None:
        """It has said what it wants."""
        self._in_headers, self._header_bytes = False, 0
        self._close_in(None)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Its body has come; the next request may."""
        self._close_in(None)
        self._in_headers = True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """It is answered, perhaps before its body has come."""
        if self.cycle.more_body and self.parser is not None:
            self._close_in(LINGER_SECONDS)
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is there any more."""
        self._close_in(None)
        super().connection_lost(exc)

    def _close_in(self, seconds: float | None) -> None:
        if self._limit is not None:
            self._limit.cancel()
        self._limit = None if seconds is None else self.loop.call_later(seconds, self.transport.close)
