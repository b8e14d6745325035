"""How many jobs may run at once, and who of the others goes next: pure functions of what there is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from hawk.settings import LimitSettings


class Claim(msgspec.Struct, frozen=True):
    """A job that runs, or wants to. ``owner`` is what never changes of the user who launched it."""

    job_id: str
    launch: int
    backend: str
    owner: str


def apply_to(limits: LimitSettings, backend: str) -> bool:
    """Whether jobs on a backend are counted at all."""
    return limits.per_user is not None or backend in limits.backends


def decide(
    limits: LimitSettings, running: Iterable[Claim], waiting: Sequence[Claim]
) -> Mapping[Claim, str | None]:
    """For each of those who wait, in their order: why it goes on waiting, or None where it may start.

    One that its user's own limit holds up lets those behind it pass.
    """
    started = list(running)
    backends = Counter(one.backend for one in started)
    users = Counter(one.owner for one in started)
    before: Counter[str] = Counter()
    decided: dict[Claim, str | None] = {}
    for one in waiting:
        decided[one] = _hindrance(limits, one, backends, users, before[one.backend])
        if decided[one] is None:
            backends[one.backend] += 1
            users[one.owner] += 1
        else:
            before[one.backend] += 1
    return decided


def _hindrance(
    limits: LimitSettings, one: Claim, backends: Counter[str], users: Counter[str], before: int
) -> str | None:
    most = limits.backends.get(one.backend)
    if limits.per_user is not None and users[one.owner] >= limits.per_user:
        return f"its user's limit of {limits.per_user} running jobs is reached"
    if most is not None and backends[one.backend] >= most:
        return f"{backends[one.backend]} of {most} running on {one.backend}; {before} before it"
    return None
