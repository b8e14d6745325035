"""What ``GET /api/compare`` answers."""

from __future__ import annotations

from typing import Any

import msgspec

from hawk.specs.control import TokenCounts


class Flip(msgspec.Struct, frozen=True, kw_only=True):
    """A sample that came out better or worse: the means over its epochs, before (the first id) and after.

    The uuids (Hawk's own ids where a log has none) are of the epochs that show the change best.
    """

    sample_id: str
    before: float
    after: float
    before_uuid: str
    after_uuid: str


class Paired(msgspec.Struct, frozen=True, kw_only=True):
    """How an arm differs from the first id's arm on the samples that both scored.

    ``model`` and ``solver`` are that arm's. ``difference`` is the mean of (this - that) over
    ``samples`` sample ids, ``low`` and ``high`` its 95 % interval; without two samples there is no
    ``stderr``. ``better`` and ``worse`` count samples: for ``graded`` scores (0, 0.5 and 1 only)
    those whose mean crossed 0.5, else any change. ``missing`` sample ids only the first id has,
    ``extra`` only this one; ``unscored`` ones both have, but one of them without a number.
    """

    model: str
    solver: str | None
    samples: int
    difference: float | None
    stderr: float | None
    low: float | None
    high: float | None
    graded: bool
    better: int
    worse: int
    missing: int
    extra: int
    unscored: int
    flips: tuple[Flip, ...] = ()


class ArmSamples(msgspec.Struct, frozen=True):
    """Sample ids with a number, all sample ids, their epochs, and of these the errors and the unscored."""

    scored: int
    total: int
    epochs: int
    errors: int
    unscored: int


class Arm(msgspec.Struct, frozen=True, kw_only=True):
    """One task on one model with one solver, as the eval set or eval ``id`` has it.

    ``score`` is the mean over sample ids of the mean over their epochs, ``stderr`` its standard error
    clustered by sample id. Tokens, cost (US dollars, None where any is unknown) and times (seconds)
    are sums over all epochs. ``against`` is None for the first id, and where ``unpaired`` says why.
    """

    id: str
    task: str
    model: str
    solver: str | None
    task_args: dict[str, Any] | None
    scorer: str | None
    score: float | None
    stderr: float | None
    samples: ArmSamples
    tokens: TokenCounts
    cost: float | None
    total_time: float | None
    working_time: float | None
    against: Paired | None = None
    unpaired: str | None = None


class Comparison(msgspec.Struct, frozen=True):
    """Arms by task; within a task each arm of the first id, then those that are compared with it."""

    ids: tuple[str, ...]
    items: tuple[Arm, ...]
