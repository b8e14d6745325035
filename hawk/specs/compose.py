"""YAML's events into nodes: strict, with places, and within bounds whatever the text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hawk.errors import FieldProblem
from hawk.specs.found import found
from hawk.specs.nodes import Entry, Mapping, Mark, Node, Scalar, Sequence
from hawk.specs.scalars import NotJson, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_DEPTH: Final = 100
MAX_NODES: Final = 150_000
"""Values and keys that a text may spell out."""
MAX_SIZE: Final = 2_000_000
"""Characters and nodes of a config once its aliases are written out."""

_STRING_TAGS = {"!", "tag:yaml.org,2002:str"}
_OWN_TAGS = {"Sequence": "tag:yaml.org,2002:seq", "Mapping": "tag:yaml.org,2002:map"}


class Broken(Exception):
    """The text can't be read any further."""

    def __init__(self, message: str, mark: Mark | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.mark = mark


class Composer:
    """Builds the node tree of one document; ``problems`` are those that reading goes on after."""

    def __init__(self, events: Iterator[Any], faulty: object) -> None:
        self.problems: list[FieldProblem] = []
        self._events = events
        self._faulty = faulty
        self._anchors: dict[str, Node] = {}
        self._count = 0

    def document(self) -> tuple[Mark, Node] | None:
        """The only document of the text, None if there is none. Raises :class:`Broken`."""
        self._next()
        if _name(self._next()) != "DocumentStart":
            return None
        first = self._next()
        root = self._node(first, 0)
        self._next()
        following = self._next()
        if _name(following) == "DocumentStart":
            raise Broken("expected one document, found a second one (after ---)", _mark(following))
        return _mark(first), root

    def _next(self) -> Any:
        return next(self._events)

    def _node(self, event: Any, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise Broken(f"expected at most {MAX_DEPTH} levels of nesting, found more", _mark(event))
        self._count += 1
        if self._count > MAX_NODES:
            raise Broken(f"expected at most {MAX_NODES} values, found more", _mark(event))
        kind = _name(event)
        if kind == "Alias":
            return self._alias(event, depth)
        node = self._scalar(event) if kind == "Scalar" else self._collection(event, kind, depth)
        if event.anchor:
            self._anchors[event.anchor] = node
        return node

    def _alias(self, event: Any, depth: int) -> Node:
        node = self._anchors.get(event.anchor)
        if node is None:
            raise Broken(
                f"expected an anchor before its alias, found none for {found('*' + event.anchor)}",
                _mark(event),
            )
        if depth + node.height > MAX_DEPTH:
            raise Broken(f"expected at most {MAX_DEPTH} levels of nesting, found more", _mark(event))
        return node

    def _collection(self, event: Any, kind: str, depth: int) -> Node:
        node = self._sequence(depth) if kind == "SequenceStart" else self._mapping(depth)
        tag = event.tag
        if tag and tag not in {"!", _OWN_TAGS[kind.removesuffix("Start")]}:
            return self._fault(event, _tag_message(tag))
        return node

    def _sequence(self, depth: int) -> Sequence:
        node = Sequence()
        while _name(event := self._next()) != "SequenceEnd":
            child = self._node(event, depth + 1)
            node.items.append((_mark(event), child))
            _grow(node, child, event)
        return node

    def _mapping(self, depth: int) -> Mapping:
        node = Mapping()
        merges: list[tuple[Any, Node]] = []
        while _name(event := self._next()) != "MappingEnd":
            key = self._key(event, depth + 1)
            following = self._next()
            child = self._node(following, depth + 1)
            _grow(node, child, following)
            if key == "<<" and event.implicit[0]:
                merges.append((following, child))
            elif key is not None:
                node.size += len(key)
                self._add(node, key, Entry(_mark(event), _mark(following), child))
        for following, child in merges:
            self._merge(node, child, _mark(following))
        return node

    def _key(self, event: Any, depth: int) -> str | None:
        key = self._node(event, depth)
        value = key.value if isinstance(key, Scalar) else key
        if isinstance(value, str):
            return value
        if value is not self._faulty:
            self._note(_mark(event), f"expected keys that are strings, found {_key_text(event)}")
        return None

    def _add(self, node: Mapping, key: str, entry: Entry) -> None:
        first = node.entries.setdefault(key, entry)
        if first is not entry:
            self._note(
                entry.key_mark,
                f"expected each key once, found {found(key)} again: it is on line {first.key_mark[0]} "
                f"and on line {entry.key_mark[0]}",
            )

    def _merge(self, node: Mapping, child: Node, mark: Mark) -> None:
        sources = [item for _, item in child.items] if isinstance(child, Sequence) else [child]
        for source in sources:
            if isinstance(source, Mapping):
                node.entries |= {key: each for key, each in source.entries.items() if key not in node.entries}
            else:
                self._note(mark, "expected a map or a list of maps to merge, found something else")

    def _scalar(self, event: Any) -> Node:
        plain = event.implicit[0] and event.tag is None
        if event.tag is not None and event.tag not in _STRING_TAGS:
            return self._fault(event, _tag_message(event.tag))
        try:
            value = resolve(event.value) if plain else event.value
        except NotJson as error:
            return self._fault(event, str(error))
        return Scalar(value, 1 + len(event.value))

    def _fault(self, event: Any, message: str) -> Scalar:
        self._note(_mark(event), message)
        return Scalar(self._faulty)

    def _note(self, mark: Mark, message: str) -> None:
        self.problems.append(FieldProblem("", message, *mark))


def _grow(node: Sequence | Mapping, child: Node, event: Any) -> None:
    node.size += child.size
    node.height = max(node.height, child.height + 1)
    if node.size > MAX_SIZE:
        raise Broken("expected a config of moderate size, found one that its aliases blow up", _mark(event))


def _name(event: Any) -> str:
    return type(event).__name__.removesuffix("Event")


def _mark(event: Any) -> Mark:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _tag_message(tag: str) -> str:
    short = tag.replace("tag:yaml.org,2002:", "!!")
    return f"expected plain YAML, found the tag {found(short)}, which configs don't have"


def _key_text(event: Any) -> str:
    return (
        f"{event.value[:40]} (put it in quotes)" if _name(event) == "Scalar" else "a map, a list or an alias"
    )
