"""Asks a server the same thing over several connections for a while, at the least cost to the machine."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.served import Times

_END = b"\r\n\r\n"
_LENGTH = b"content-length: "


@dataclass(frozen=True)
class Load:
    """Answers a second, and how long each took."""

    rate: float
    times: Times

    @property
    def count(self) -> int:
        """How many answers came."""
        return len(self.times.seconds)


def load(port: int, path: str, headers: Mapping[str, str], *, connections: int, seconds: float) -> Load:
    """Ask for ``path`` as fast as answers come. Raises RuntimeError for an answer that is not 200."""
    return asyncio.run(_load(port, _request(port, path, headers), connections, seconds))


def _request(port: int, path: str, headers: Mapping[str, str]) -> bytes:
    lines = [f"GET {path} HTTP/1.1", f"host: 127.0.0.1:{port}", *(f"{k}: {v}" for k, v in headers.items())]
    return "\r\n".join(lines).encode() + _END


async def _load(port: int, request: bytes, connections: int, seconds: float) -> Load:
    began = time.perf_counter()
    asked = [_ask(port, request, began + seconds) for _ in range(connections)]
    times = [one for found in await asyncio.gather(*asked) for one in found]
    return Load(len(times) / (time.perf_counter() - began), Times(times))


async def _ask(port: int, request: bytes, until: float) -> list[float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 22)
    times: list[float] = []
    while (began := time.perf_counter()) < until:
        writer.write(request)
        head = (await reader.readuntil(_END)).lower()
        if not head.startswith(b"http/1.1 200"):
            raise RuntimeError(head.decode())
        await reader.readexactly(int(head.partition(_LENGTH)[2].partition(b"\r")[0]))
        times.append(time.perf_counter() - began)
    writer.close()
    return times
