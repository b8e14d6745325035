"""The map of models: which groups a user must be in to use a model and to see what it produced."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import msgspec


class ModelGroups(msgspec.Struct, frozen=True):
    """A map as its source has it: the groups of each model, all of which are needed.

    A model without a group is every user's; one that isn't there is the admins' alone. ``version`` is
    another for another map, in any form that the source likes.
    """

    groups: Mapping[str, frozenset[str]]
    version: str


class ModelSource(Protocol):
    """A place that the map comes from."""

    async def read(self, version: str | None) -> ModelGroups | None:
        """The map as it is now; None where it is the one of ``version``.

        Raises HawkError where it can't be had or is not valid; the last good one stays in force then.
        """
        ...

    @property
    def place(self) -> str:
        """Where it comes from, for messages: never with a secret."""
        ...

    @property
    def seconds(self) -> float:
        """How long a map is good for before the source is asked again."""
        ...
