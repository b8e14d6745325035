"""Which modes a program switched a terminal to, so that they can be switched back when it is gone."""

from __future__ import annotations

import re

_MODE = re.compile(rb"\x1b\[\?([0-9;]{1,40})([hl])")
_KEYBOARD = re.compile(rb"\x1b\[([><])\d*(?:;\d+)?u")
_ON_BY_DEFAULT = frozenset({7, 25})
_LONGEST = 48
_KNOWN = frozenset({1, 7, 9, 25, 47, 1000, 1002, 1003, 1004, 1005, 1006, 1015, 1016, 1047, 1049, 2004, 2026})
"""Cursor keys, wrapping, mouse, cursor, the other screen, focus, pasting, synchronized output."""


class ScreenModes:
    """Follows a terminal's output; a crashed display leaves the other screen, mouse reports and so on."""

    def __init__(self) -> None:
        self._changed: set[int] = set()
        self._keyboards = 0
        self._tail = b""

    def feed(self, data: bytes) -> None:
        """Take note of the next piece of output."""
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

    def restore(self) -> bytes:
        """What makes the terminal as it was before, the colours too."""
        # The other screen last: what else is switched belongs to it on some terminals.
        modes = sorted(self._changed, key=lambda mode: (mode in {47, 1047, 1049}, mode))
        back = b"".join(b"\x1b[?%d%c" % (mode, b"lh"[mode in _ON_BY_DEFAULT]) for mode in modes)
        return b"\x1b[<u" * self._keyboards + back + b"\x1b[0m"
