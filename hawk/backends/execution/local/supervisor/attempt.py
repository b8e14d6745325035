"""One start of the runner: its pipes, its secrets, and what it writes."""

from __future__ import annotations

import fcntl
import json
import os
import selectors
import signal
import subprocess
import termios
from dataclasses import dataclass
from pathlib import Path

from .loop import Loop
from .output import OutputLog
from .processes import Process, find, send

_CHUNK = 65_536


@dataclass(frozen=True)
class Order:
    """What every attempt of a launch has in common. ``terminal`` is the pty's end for the runner."""

    argv: list[str]
    environment: dict[str, str]
    secrets: dict[str, str]
    terminal: int | None = None


class Attempt:
    """A runner that was started. Raises ``OSError`` where it can't be."""

    def __init__(
        self, loop: Loop, log: OutputLog, folder: Path, number: int, halvings: int, order: Order
    ) -> None:
        self.number = number
        self._loop, self._log = loop, log
        self._unsent = memoryview(json.dumps(order.secrets).encode())
        secrets, self._secrets = os.pipe()
        alive, self._alive = os.pipe()
        self._output, output = os.pipe()
        try:
            self.process = _spawn(order, folder, number, halvings, (secrets, alive, output))
        except OSError:
            for fd in (self._secrets, self._alive, self._output):
                os.close(fd)
            raise
        finally:
            for fd in (secrets, alive, output):
                os.close(fd)
        loop.statuses.clear()  # Nothing was reaped since the start, and the pid may be an old one.
        self._watch()

    @property
    def exit_code(self) -> int | None:
        """How the runner ended; negative for a signal, None while it runs."""
        return self._loop.statuses.get(self.process.pid)

    def terminate(self) -> None:
        """Ask the runner alone to end."""
        if self.exit_code is None:
            send(self.process, signal.SIGTERM)

    def close(self) -> None:
        """Take what is left of the output, and let go of every pipe. The tree has been ended."""
        while self._output >= 0 and self._read():
            pass
        self._close_output()
        self._close_secrets()
        os.close(self._alive)
        self._log.end(self.number)

    def _watch(self) -> None:
        os.set_blocking(self._output, False)
        os.set_blocking(self._secrets, False)
        self._loop.watch(self._output, self._on_output)
        self._loop.watch(self._secrets, self._on_secrets, selectors.EVENT_WRITE)

    def _on_output(self) -> None:
        self._read()

    def _read(self) -> bool:
        """Take one chunk; False where there is none now."""
        try:
            data = os.read(self._output, _CHUNK)
        except BlockingIOError:
            return False
        if not data:
            self._close_output()
            return False
        self._log.feed(self.number, data)
        return True

    def _on_secrets(self) -> None:
        # More than a pipe holds goes over in parts, as the runner reads.
        try:
            self._unsent = self._unsent[os.write(self._secrets, self._unsent) :]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._unsent = self._unsent[:0]
        if not self._unsent:
            self._close_secrets()

    def _close_secrets(self) -> None:
        if self._secrets >= 0:
            self._loop.forget(self._secrets)
            os.close(self._secrets)
            self._secrets = -1

    def _close_output(self) -> None:
        if self._output >= 0:
            self._loop.forget(self._output)
            os.close(self._output)
            self._output = -1


def _spawn(order: Order, folder: Path, number: int, halvings: int, pipes: tuple[int, int, int]) -> Process:
    secrets, alive, output = pipes
    work = folder / "work"
    work.mkdir(mode=0o700, exist_ok=True)
    arguments = [
        str(folder),
        "--attempt",
        str(number),
        "--secrets-fd",
        str(secrets),
        "--alive-fd",
        str(alive),
    ]
    if order.terminal is not None:
        arguments += ["--log-fd", str(output)]
    if halvings:
        arguments += ["--halvings", str(halvings)]
    child = subprocess.Popen(
        [*order.argv, *arguments],
        cwd=work,
        env=order.environment,
        stdin=subprocess.DEVNULL if order.terminal is None else order.terminal,
        stdout=output if order.terminal is None else order.terminal,
        stderr=subprocess.STDOUT,
        pass_fds=pipes if order.terminal is not None else (secrets, alive),
        start_new_session=True,
        preexec_fn=None if order.terminal is None else _take_terminal,  # noqa: PLW1509 - one thread
    )
    child.returncode = 0  # The loop reaps it, not this object.
    # It can't be gone: until it is reaped it is there, if only as a zombie.
    return find(child.pid) or Process(child.pid, "", os.getpid(), child.pid, child.pid, "R")


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
