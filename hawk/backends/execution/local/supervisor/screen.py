"""Which modes a program switched a terminal to, so that they can be switched back when it is gone."""

from __future__ import annotations

import re

_MODE = re.compile(rb"\x1b\[\?([0-9;]{1,40})([hl])")
_KEYBOARD = re.compile(rb"\x1b\[([><])\d*(?:;\d+)?u")
_STEERING = re.compile(
    rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_].*?(?:\x07|\x1b\\)|\x1b[ -/]*[0-~]|[\x00-\x08\x0b\x0c\x0e-\x1f]",
    re.DOTALL,
)
_ON_BY_DEFAULT = frozenset({7, 25})
_LONGEST = 48
_OTHER_SCREEN = frozenset({47, 1047, 1049})
_KNOWN = frozenset({1, 7, 9, 25, 47, 1000, 1002, 1003, 1004, 1005, 1006, 1015, 1016, 1047, 1049, 2004, 2026})
"""Cursor keys, wrapping, mouse, cursor, the other screen, focus, pasting, synchronized output."""


class ScreenModes:
    """Follows a terminal's output; a crashed display leaves the other screen, mouse reports and so on."""

    def __init__(self) -> None:
        self._changed: set[int] = set()
        self._keyboards = 0
        self._tail = b""
        self._touched = False

    def feed(self, data: bytes) -> None:
        """Take note of the next piece of output."""
        self._touched = self._touched or b"\x1b" in data
        data = self._tail + data
        end = 0
        for match in _MODE.finditer(data):
            end = match.end()
            for mode in {int(word) for word in match[1].split(b";") if word} & _KNOWN:
                is_default = (match[2] == b"h") == (mode in _ON_BY_DEFAULT)
                (self._changed.discard if is_default else self._changed.add)(mode)
        for match in _KEYBOARD.finditer(data):
            end = max(end, match.end())
            self._keyboards = max(self._keyboards + (1 if match[1] == b">" else -1), 0)
        self._tail = data[end:][-_LONGEST:]

    @property
    def is_elsewhere(self) -> bool:
        """Whether the other screen is shown, where a display draws that is not made of lines."""
        return bool(self._changed & _OTHER_SCREEN)

    def restore(self) -> bytes:
        """What makes the terminal as it was before, the colours too."""
        # The other screen last: what else is switched belongs to it on some terminals.
        modes = sorted(self._changed, key=lambda mode: (mode in _OTHER_SCREEN, mode))
        back = b"".join(b"\x1b[?%d%c" % (mode, b"lh"[mode in _ON_BY_DEFAULT]) for mode in modes)
        return b"\x1b[<u" * self._keyboards + back + b"\x1b[0m" if self._touched else b""


def plain_lines(data: bytes, most: int) -> list[bytes]:
    """The last lines that a terminal's output shows, without what only steers the terminal."""
    lines = _STEERING.sub(b"", data).replace(b"\r\n", b"\n").split(b"\n")
    shown = [line.rsplit(b"\r", 1)[-1] for line in lines]
    return [line for line in shown if line.strip()][-most:]
