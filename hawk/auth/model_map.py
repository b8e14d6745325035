"""The map of models that is in force: which groups a model needs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from hawk.auth.groups import normal_groups
from hawk.auth.model_names import names_of
from hawk.backends.models.protocol import ModelGroups


class ModelMap:
    """Answers by any name of a model. What it is made from is read once."""

    def __init__(self, listing: ModelGroups) -> None:
        self.version = listing.version
        self._named = {name: normal_groups(groups) for name, groups in listing.groups.items()}
        self._bare: defaultdict[str, set[str]] = defaultdict(set)
        for name, groups in self._named.items():
            self._bare[names_of(name)[-1]] |= groups

    def groups_of(self, model: str) -> frozenset[str] | None:
        """The groups that a model needs, all of them; None where the map doesn't know it.

        The map's own spelling counts first, then the fullest name that it has. A bare name that only
        names with a provider fit needs the groups of all of those. A name with a provider is never
        another provider's.
        """
        for name in names_of(model):
            if (groups := self._named.get(name)) is not None:
                return groups
        return frozenset(self._bare[model]) if model in self._bare else None

    def models(self) -> Iterable[tuple[str, frozenset[str]]]:
        """Every model that the map names, with its groups."""
        return self._named.items()
