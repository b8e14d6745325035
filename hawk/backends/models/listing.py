"""A map of models as text: ``models: {name: group}``, ``groups: {name: [model]}``, or both."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable
from pathlib import PurePath
from typing import Any

import msgspec

from hawk.backends.models.protocol import ModelGroups
from hawk.errors import InvalidConfig

_FIX = "Write `models`, each with its group or its groups, or `groups`, each with its models."
KINDS = (".json", ".yaml", ".yml", ".toml")


class _Listing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    models: dict[str, str | list[str]] = {}
    groups: dict[str, list[str]] = {}


def read_listing(data: bytes, place: str, kind: str) -> ModelGroups:
    """The map in a text of one of :data:`KINDS`. Raises InvalidConfig with what is wrong, and where.

    A model that stands there more than once needs all groups of all places.
    """
    try:
        found = msgspec.convert(_decoder(kind)(data), _Listing)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        what = " ".join(str(error).split()).replace("`$.", "`").replace("`$`", "the map")
        raise InvalidConfig(f"The models of {place} are not valid: {what}.", fix=_FIX) from error
    groups: dict[str, set[str]] = defaultdict(set)
    for model, needed in found.models.items():
        groups[model.strip()] |= {needed} if isinstance(needed, str) else set(needed)
    for group, models in found.groups.items():
        for model in models:
            groups[model.strip()].add(group)
    return ModelGroups(
        {model: frozenset(needed) for model, needed in groups.items()}, hashlib.sha256(data).hexdigest()
    )


def kind_of(path: str) -> str:
    """Which of :data:`KINDS` a file is by its name. Raises InvalidConfig for another."""
    kind = PurePath(path).suffix.lower()
    if kind not in KINDS:
        raise InvalidConfig(
            f"{path} is no map of models.", fix=f"Name a file that ends in {', '.join(KINDS)}."
        )
    return kind


def _decoder(kind: str) -> Callable[[bytes], Any]:
    if kind == ".toml":
        return msgspec.toml.decode
    return msgspec.json.decode if kind == ".json" else msgspec.yaml.decode
