"""A real `hawk serve` in a process of its own, on a free port of this machine."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType

import httpx

HAWK = str(Path(sys.executable).parent / "hawk")
PATIENCE = 60.0
_LIVE = "/health/live"
_READY = "/health/ready"
_CLEARED = ("HAWK_", "INSPECT_", "VITE_", "XDG_")


class HawkServer:
    """A server with a home of its own under ``folder``; ``with`` starts it, waits until it answers, and ends it.

    ``env`` is added to what it gets (a database, a storage, an issuer); ``args`` to `hawk serve`. ``home``
    and ``port`` are for a second server of the same installation, or one at an address that is known before.
    """

    def __init__(
        self,
        folder: Path,
        *,
        env: Mapping[str, str] | None = None,
        args: tuple[str, ...] = (),
        home: Path | None = None,
        port: int | None = None,
        ready: bool = True,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.home = home or folder / "home"
        self.port = port or free_port()
        self.log = folder / f"serve-{self.port}.log"
        self.args = args
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith(_CLEARED)},
            "HAWK_HOME": str(self.home),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_DATA_HOME": str(folder / "share"),
            **(env or {}),
        }
        self._probe = _READY if ready else _LIVE
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """What HAWK_API_URL is set to."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The process that runs, or ran last."""
        assert self._process is not None, "the server was never started"
        return self._process

    @property
    def token(self) -> str | None:
        """The token of a server without logins; None where it wants none of its own."""
        kept = self.home / "serve" / f"127.0.0.1-{self.port}.token"
        return kept.read_text().strip() if kept.exists() else None

    @property
    def headers(self) -> dict[str, str]:
        """What a request of the server's own user has."""
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    @property
    def client_env(self) -> dict[str, str]:
        """What a command needs to talk to it, whatever its home."""
        return {"HAWK_API_URL": self.url, **({"HAWK_ACCESS_TOKEN": self.token} if self.token else {})}

    def http(self) -> httpx.Client:
        """A client of its user. Close it."""
        return httpx.Client(base_url=self.url, headers=self.headers, timeout=PATIENCE)

    def configure(self, text: str) -> None:
        """Write its hawk.toml; it counts from the next start."""
        config = self.folder / "config" / "hawk" / "hawk.toml"
        config.parent.mkdir(parents=True, exist_ok=True)
        config.write_text(text)

    def spawn(self) -> subprocess.Popen[bytes]:
        """Start the process and wait for nothing."""
        command = [HAWK, "serve", "--port", str(self.port), *self.args]
        with self.log.open("ab") as out:
            self._process = subprocess.Popen(
                command, env=self.env, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )
        return self._process

    def start(self) -> None:
        """Start it where it was, and wait until it answers."""
        self.spawn()
        deadline = time.monotonic() + PATIENCE
        while not self.answers():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.02)

    def answers(self) -> bool:
        """Whether it is up."""
        try:
            return httpx.get(f"{self.url}{self._probe}", timeout=5).is_success
        except httpx.TransportError:
            return False

    def until(self, condition: Callable[[], object]) -> None:
        """Wait until something is so."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)

    def stop(self) -> int:
        """Ask it to end, as an operator does. Returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def kill(self) -> None:
        """End it as a crash does."""
        self.process.kill()
        self.process.wait()

    def restart(self, *, crash: bool = False) -> None:
        """End it and start it again at the same address."""
        if self.process.poll() is None:
            self.kill() if crash else self.stop()
        self.start()

    def __enter__(self) -> HawkServer:
        try:
            self.start()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self.kill()


def free_port() -> int:
    """A port that nobody listens at just now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]
