"""What every part of a config has: rules over several of its fields, and room for keys of others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import msgspec

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Path: TypeAlias = tuple[str | int, ...]
"""Where a value stands: keys of maps and indices of lists, from the top."""

Remark: TypeAlias = tuple[Path, str]
"""A sentence about the value at a path."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A map of a config. Fields that are left out and fields that are null mean the same."""

    @classmethod
    def faults(cls, data: Mapping[str, Json]) -> Iterable[Remark]:  # noqa: ARG003
        """What is wrong with the fields taken together, before any of them is decoded."""
        return ()

    @classmethod
    def doubts(cls, data: Mapping[str, Json]) -> Iterable[Remark]:  # noqa: ARG003
        """What is allowed, and yet deserves a warning."""
        return ()


class OpenPart(Part, frozen=True, kw_only=True):
    """A part that hands keys it doesn't know on to somebody else; they are kept in ``extra``."""

    extra: dict[str, Any] = {}

    @classmethod
    def extra_faults(cls, key: str, value: Json) -> Iterable[Remark]:  # noqa: ARG003
        """Why this key can't be handed on."""
        return ()

    @classmethod
    def extra_doubt(cls, key: str) -> str | None:  # noqa: ARG003
        """A warning about a key that is handed on."""
        return None

    @classmethod
    def extra_names(cls) -> Iterable[str]:
        """Keys that are handed on and known, to guess at what was meant."""
        return ()
