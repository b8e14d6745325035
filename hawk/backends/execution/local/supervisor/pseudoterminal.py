"""A pseudo-terminal that outlives whoever looks at it.

The runner's end is a pty; its bytes go to every client of a unix socket in the job's folder, and
are drained where there is none. A client gets the newest bytes first, then what comes.
A client sends frames: one letter, four bytes of length (big-endian), and the content:
``i`` input, ``w`` window size (rows and columns, two bytes each).
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import selectors
import signal
import socket
import struct
import termios
from pathlib import Path

from .loop import Loop
from .screen import ScreenModes, plain_lines

SOCKET = "terminal.sock"
_CHUNK = 65_536
_KEPT = 65_536
_QUEUED = 1 << 20


class PseudoTerminal:
    """The pty of a launch, kept over all its attempts. Must be made in the job's folder (as cwd)."""

    def __init__(self, loop: Loop, rows: int, columns: int) -> None:
        self._loop = loop
        self._master, self.runner_end = os.openpty()
        self._first_settings = termios.tcgetattr(self.runner_end)
        self._newest = self._of_attempt = b""
        self._modes = ScreenModes()
        self._clients: dict[int, _Client] = {}
        os.set_blocking(self._master, False)
        self.resize(rows, columns)
        self._server = _listen()
        loop.watch(self._server.fileno(), self._on_client)
        loop.watch(self._master, self._on_output)

    def reset(self) -> None:
        """Make the terminal as a new one is: a crashed display leaves it raw, and on the other screen."""
        self._of_attempt = b""
        if back := self._modes.restore():
            self._show(back)
        termios.tcsetattr(self.runner_end, termios.TCSANOW, self._first_settings)

    def last_lines(self, most: int) -> list[bytes]:
        """The last lines of this attempt; none where a display drew on the other screen."""
        self._on_output()
        return [] if self._modes.is_elsewhere else plain_lines(self._of_attempt, most)

    def say(self, text: str) -> None:
        """Show a line of the supervisor's own."""
        self._show(f"{text}\r\n".encode())

    def resize(self, rows: int, columns: int) -> None:
        """Set the size; the runner's display is told even where nothing changed, so that it draws anew."""
        size = struct.pack("HHHH", rows, columns, 0, 0)
        same = fcntl.ioctl(self._master, termios.TIOCGWINSZ, b"\0" * 8) == size
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, size)
        group = os.tcgetpgrp(self._master)
        if same and group > 0:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGWINCH)

    def type(self, data: bytes) -> None:
        """Pass what a user typed to the runner. What it doesn't read is dropped."""
        try:
            os.write(self._master, data)
        except BlockingIOError:
            return

    def close(self) -> None:
        """Show the rest, and hang up on every client."""
        self._on_output()
        for client in list(self._clients.values()):
            client.finish()
            self.drop(client)
        self._loop.forget(self._server.fileno())
        self._server.close()
        Path(SOCKET).unlink(missing_ok=True)
        self._loop.forget(self._master)
        os.close(self._master)
        os.close(self.runner_end)

    def drop(self, client: _Client) -> None:
        """Let go of a client that is gone."""
        self._loop.forget(client.socket.fileno())
        del self._clients[client.socket.fileno()]
        client.socket.close()

    def _on_client(self) -> None:
        connection, _ = self._server.accept()
        client = _Client(connection, self, self._loop)
        self._clients[connection.fileno()] = client
        client.show(self._newest)

    def _on_output(self) -> None:
        try:
            data = os.read(self._master, _CHUNK)
        except BlockingIOError:
            return
        self._show(data)

    def _show(self, data: bytes) -> None:
        self._modes.feed(data)
        self._of_attempt = (self._of_attempt + data)[-_KEPT:]
        self._newest = (self._newest + data)[-_KEPT:]
        for client in list(self._clients.values()):
            client.show(data)


class _Client:
    """Somebody who looks at the terminal."""

    def __init__(self, connection: socket.socket, terminal: PseudoTerminal, loop: Loop) -> None:
        self.socket = connection
        self._terminal, self._loop = terminal, loop
        self._incoming = b""
        self._outgoing = b""
        os.set_blocking(connection.fileno(), False)
        loop.watch(connection.fileno(), self._on_ready)

    def show(self, data: bytes) -> None:
        # A client that doesn't read (a suspended one) loses output; the run must not wait for it.
        if len(self._outgoing) < _QUEUED:
            self._outgoing += data
        self._flush()

    def finish(self) -> None:
        """Send the rest, for at most a second."""
        if self._outgoing:
            self.socket.settimeout(1.0)
            try:
                self.socket.sendall(self._outgoing)
            except OSError:
                return

    def _on_ready(self) -> None:
        try:
            data = self.socket.recv(_CHUNK)
        except BlockingIOError:
            self._flush()
            return
        except OSError:
            data = b""
        if not data:
            self._terminal.drop(self)
            return
        self._incoming += data
        while self._take_frame():
            pass
        self._flush()

    def _take_frame(self) -> bool:
        if len(self._incoming) < 5:
            return False
        size = int.from_bytes(self._incoming[1:5], "big")
        if len(self._incoming) < 5 + size:
            return False
        kind, content = self._incoming[:1], self._incoming[5 : 5 + size]
        self._incoming = self._incoming[5 + size :]
        if kind == b"i":
            self._terminal.type(content)
        elif kind == b"w" and size == 4:
            self._terminal.resize(*struct.unpack(">HH", content))
        return True

    def _flush(self) -> None:
        try:
            while self._outgoing:
                self._outgoing = self._outgoing[self.socket.send(self._outgoing) :]
        except BlockingIOError:
            pass  # The rest goes when the client has read.
        except OSError:
            self._outgoing = b""  # It is gone; its end of file comes next.
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._outgoing else 0)
        self._loop.watch(self.socket.fileno(), self._on_ready, events)


def _listen() -> socket.socket:
    # Relative to the job's folder: the whole path may be longer than a socket's address can be.
    Path(SOCKET).unlink(missing_ok=True)
    server = socket.socket(socket.AF_UNIX)
    server.bind(SOCKET)
    Path(SOCKET).chmod(0o600)
    server.listen()
    os.set_blocking(server.fileno(), False)
    return server
