"""What ``GET /api/usage`` answers."""

from __future__ import annotations

from typing import Literal

import msgspec

By = Literal["model", "eval-set", "user", "day", "task"]


class UsageTokens(msgspec.Struct, frozen=True):
    """Tokens by kind. ``total`` is the provider's own sum."""

    input: int = 0
    output: int = 0
    total: int = 0
    cache_read: int = 0
    cache_write: int = 0
    reasoning: int = 0


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """What a group of evals used. What the groups aren't made by is None, as is an unknown user.

    ``day`` is the UTC day on which an eval ended (of a running one, on which it began). ``samples``
    are those of the evals, each run of an epoch once, whichever models it called. ``cost`` is in
    US dollars, of the evals whose cost is known, None if there is none; ``evals_without_cost``
    used tokens at prices that aren't known.
    """

    model: str | None = None
    eval_set_id: str | None = None
    user: str | None = None
    day: str | None = None
    task: str | None = None
    evals: int
    samples: int
    tokens: UsageTokens
    cost: float | None
    evals_without_cost: int


class UsageReport(msgspec.Struct, frozen=True):
    """Groups with what they used (the newest day first, then the most tokens), and all of it together."""

    by: tuple[By, ...]
    items: tuple[Usage, ...]
    overall: Usage
