"""Shows a run's pseudo-terminal on the user's own: the part of a foreground run that is no HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import struct
import sys
import tempfile
import termios
import tty
from collections.abc import Awaitable, Callable, Generator
from pathlib import Path

from hawk.backends.execution.local.supervisor import files
from hawk.backends.execution.local.supervisor.pseudoterminal import SOCKET
from hawk.backends.execution.local.supervisor.record import RECORD
from hawk.backends.execution.local.supervisor.screen import ScreenModes

OnInterrupt = Callable[[int], Awaitable[None]]

_INTERRUPT = b"\x03"
_NOT_PASSED = b"\x03\x1a\x1c"
"""Ctrl-C, which is Hawk's; Ctrl-Z and Ctrl-\\, which would suspend or kill the runner, not this command."""

_LONGEST_ADDRESS = 100
_CHUNK = 65_536


async def relay(job_folder: Path, launch: int, on_interrupt: OnInterrupt) -> None:
    """Show the terminal of a launch until the launch ends; at once where it has ended or has none.

    ``on_interrupt`` is called at each Ctrl-C with how many there were; while it runs the terminal is
    raw, so what it prints needs ``\\r\\n``. An error of it ends the relay and is raised here. The
    user's terminal is put back as it was in any case; the run goes on without the relay.
    """
    connection = _connect(job_folder, launch)
    if connection is None:
        return
    reader, writer = await asyncio.open_unix_connection(sock=connection)
    try:
        await _Relay(reader, writer, on_interrupt).run()
    finally:
        writer.close()


class _Relay:
    """One connection between the user's terminal and a run's."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, on_interrupt: OnInterrupt
    ) -> None:
        self._reader, self._writer = reader, writer
        self._on_interrupt = on_interrupt
        self._input, self._output = sys.stdin.fileno(), sys.stdout.fileno()
        self._modes = ScreenModes()
        self._interrupts = 0
        self._group = asyncio.TaskGroup()

    async def run(self) -> None:
        with contextlib.ExitStack() as undo:
            undo.callback(self._restore_screen)
            if os.isatty(self._input):
                self._take_terminal(undo)
            try:
                async with self._group:
                    await self._show()
            except BaseExceptionGroup as errors:
                raise errors.exceptions[0] from None

    async def _show(self) -> None:
        while data := await self._next():
            self._modes.feed(data)
            self._write(data)

    async def _next(self) -> bytes:
        try:
            return await self._reader.read(_CHUNK)
        except ConnectionError:
            return b""

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._output, rest) :]

    def _take_terminal(self, undo: contextlib.ExitStack) -> None:
        loop = asyncio.get_running_loop()
        settings = termios.tcgetattr(self._input)
        undo.callback(termios.tcsetattr, self._input, termios.TCSANOW, settings)
        tty.setraw(self._input, termios.TCSANOW)
        loop.add_reader(self._input, self._on_typed)
        undo.callback(loop.remove_reader, self._input)
        loop.add_signal_handler(signal.SIGWINCH, self._send_size)
        undo.callback(loop.remove_signal_handler, signal.SIGWINCH)
        for signum in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(signum, self._on_end, signum, settings)
            undo.callback(loop.remove_signal_handler, signum)
        self._send_size()

    def _on_typed(self) -> None:
        try:
            data = os.read(self._input, 4096)
        except OSError:
            data = b""  # The terminal was closed.
        if not data:
            asyncio.get_running_loop().remove_reader(self._input)
            return
        for _ in range(data.count(_INTERRUPT)):
            self._interrupts += 1
            self._group.create_task(_call(self._on_interrupt, self._interrupts))
        if passed := data.translate(None, _NOT_PASSED):
            self._send(b"i", passed)

    def _send_size(self) -> None:
        columns, rows = os.get_terminal_size(self._input)
        self._send(b"w", struct.pack(">HH", rows, columns))

    def _send(self, kind: bytes, content: bytes) -> None:
        self._writer.write(kind + len(content).to_bytes(4, "big") + content)

    def _on_end(self, signum: int, settings: list[int | list[bytes | int]]) -> None:
        """This command is told to end: it ends so, but not with the user's terminal raw."""
        self._restore_screen()
        termios.tcsetattr(self._input, termios.TCSANOW, settings)
        asyncio.get_running_loop().remove_signal_handler(signum)
        os.kill(os.getpid(), signum)

    def _restore_screen(self) -> None:
        if os.isatty(self._output):
            with contextlib.suppress(OSError):  # The terminal may be closed.
                self._write(self._modes.restore())


async def _call(on_interrupt: OnInterrupt, count: int) -> None:
    await on_interrupt(count)


def _connect(folder: Path, launch: int) -> socket.socket | None:
    if files.read_object(folder / RECORD).get("launch") != launch:
        return None
    connection = socket.socket(socket.AF_UNIX)
    try:
        with _short_way(folder) as way:
            connection.connect(str(way / SOCKET))
    except (FileNotFoundError, ConnectionRefusedError):
        connection.close()
        return None
    return connection


@contextlib.contextmanager
def _short_way(folder: Path) -> Generator[Path]:
    """The folder by a path that fits into the address of a socket (some 100 bytes)."""
    if len(os.fsencode(folder / SOCKET)) <= _LONGEST_ADDRESS:
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="hawk-") as place:
        way = Path(place) / "j"
        way.symlink_to(folder)
        yield way
