"""The nodes of a YAML text, each with its place; aliases share what they stand for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Mark: TypeAlias = tuple[int, int]
"""Line and column, counted from 1."""


@dataclass(slots=True)
class Scalar:
    """A string, number, truth value or null. ``size`` is in characters, ``height`` in levels."""

    value: Any
    size: int = 1
    height: int = 0


@dataclass(slots=True)
class Sequence:
    """A list; an item has the mark where it stands, which for an alias isn't where its node is."""

    items: list[tuple[Mark, Node]] = field(default_factory=list["tuple[Mark, Node]"])
    size: int = 1
    height: int = 1


@dataclass(slots=True)
class Entry:
    """One key of a map. ``mark`` is the value's."""

    key_mark: Mark
    mark: Mark
    node: Node


@dataclass(slots=True)
class Mapping:
    """A map; merged keys are among its entries."""

    entries: dict[str, Entry] = field(default_factory=dict[str, Entry])
    size: int = 1
    height: int = 1


Node: TypeAlias = Scalar | Sequence | Mapping


def plain(node: Node) -> Any:
    """The node as lists, dicts and scalars, nothing shared."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [plain(item) for _, item in node.items]
    return {key: plain(entry.node) for key, entry in node.entries.items()}


def marks(node: Node, path: tuple[str | int, ...]) -> Iterator[Mark]:
    """The marks on the way to a path, as far as the text goes: the last is the nearest.

    A map or list is found where its key is, a scalar where it is itself.
    """
    for part in path:
        step = _step(node, part)
        if step is None:
            return
        mark, node = step
        yield mark


def _step(node: Node, part: str | int) -> tuple[Mark, Node] | None:
    if isinstance(node, Sequence) and isinstance(part, int) and part < len(node.items):
        return node.items[part]
    if isinstance(node, Mapping) and isinstance(part, str) and part in node.entries:
        entry = node.entries[part]
        return (entry.mark if isinstance(entry.node, Scalar) else entry.key_mark), entry.node
    return None
