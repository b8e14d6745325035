"""What the API answers about models."""

from __future__ import annotations

from datetime import datetime

import msgspec


class UsableModel(msgspec.Struct, frozen=True):
    """A model, and the groups that it needs: all of them; none means every user.

    ``groups`` is None for one that logs or jobs have and the map doesn't know: it is the admins' alone.
    """

    name: str
    groups: tuple[str, ...] | None = ()


class UsableModels(msgspec.Struct, frozen=True, kw_only=True):
    """The models that the caller may use, by name. ``mapped`` is false where no map limits anybody.

    ``source``, ``read_at`` and ``error`` tell an admin how the map stands: the last good one stays in
    force while ``error`` says why it can't be had.
    """

    items: tuple[UsableModel, ...]
    next: str | None = None
    mapped: bool
    source: str | None = None
    read_at: datetime | None = None
    error: str | None = None
