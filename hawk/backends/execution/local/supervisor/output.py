"""``output.log``: what the runner printed, a time and the number of the attempt before each line."""

from __future__ import annotations

import os
from pathlib import Path

from .clock import timestamp
from .masking import Mask

NAME = "output.log"
LONGEST_LINE = 16_384
"""In bytes; a longer line is cut in pieces."""


class OutputLog:
    """The log of one job. A full disk costs lines, never the run; the log says how many."""

    def __init__(self, folder: Path, mask: Mask) -> None:
        self._mask = mask
        self._fd = os.open(folder / NAME, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._dropped = 0
        self._partial = b""
        size = os.fstat(self._fd).st_size
        if size and os.pread(self._fd, 1, size - 1) != b"\n":
            self._write(b"\n")

    def feed(self, attempt: int, data: bytes) -> None:
        """Add what a runner wrote: whole lines go to the file, the rest waits for its end."""
        *lines, self._partial = (self._partial + data).split(b"\n")
        if len(self._partial) > LONGEST_LINE + self._mask.longest:
            self._partial = self._mask.hide(self._partial)
        # What is cut off ends so far from the end that it can't hold the half of a secret.
        while len(self._partial) > LONGEST_LINE + self._mask.longest:
            lines.append(self._partial[:LONGEST_LINE])
            self._partial = self._partial[LONGEST_LINE:]
        self._add(attempt, lines)

    def end(self, attempt: int) -> None:
        """An attempt ended: its last line is whole as it is."""
        if self._partial:
            self.feed(attempt, b"\n")

    def lines(self, attempt: int, lines: list[bytes]) -> None:
        """Add whole lines."""
        self._add(attempt, lines)

    def note(self, attempt: int, text: str) -> None:
        """Add a line of the supervisor's own."""
        self._add(attempt, [f"hawk: {text}".encode()])

    def _add(self, attempt: int, lines: list[bytes]) -> None:
        if not lines:
            return
        prefix = f"{timestamp('milliseconds')} {attempt} "
        data = "".join(f"{prefix}{text}\n" for line in lines for text in self._texts(line)).encode()
        if self._dropped:
            data = (
                f"{prefix}hawk: {self._dropped} lines are missing here: the disk was full\n".encode() + data
            )
        if self._write(data):
            self._dropped = 0
        else:
            self._dropped += len(lines)

    def _texts(self, line: bytes) -> list[str]:
        # Of a line that was drawn over itself (a progress bar), the last state counts.
        shown = self._mask.hide(line).rstrip(b"\r").rsplit(b"\r", 1)[-1]
        pieces = range(0, max(len(shown), 1), LONGEST_LINE)
        return [shown[at : at + LONGEST_LINE].decode("utf-8", "replace") for at in pieces]

    def _write(self, data: bytes) -> bool:
        size = os.fstat(self._fd).st_size
        try:
            if os.write(self._fd, data) == len(data):
                return True
        except OSError:
            pass  # The disk is full: the lines are counted, and the run goes on.
        os.ftruncate(self._fd, size)
        return False
