"""Removes credentials and terminal codes from text that is shown to people."""

from __future__ import annotations

import re

_PASSWORD = re.compile(r"(\w[\w+.-]*://[^/\s:@]*):[^/\s@]+@")
_TOKEN = re.compile(r"((?:\w+\+)?https?://)[^/\s:@]+@")
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")


def redact(text: str) -> str:
    """The text without passwords and tokens in URLs, and without terminal codes."""
    text = _PASSWORD.sub(r"\1:****@", _ANSI.sub("", text))
    return _TOKEN.sub(r"\1****@", text)
