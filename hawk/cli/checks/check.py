"""What a check finds."""

from __future__ import annotations

from typing import Literal

import msgspec

State = Literal["ok", "warn", "fail"]


class Check(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was found, and what to do about it."""

    name: str
    state: State
    found: str
    fix: str | None = None
