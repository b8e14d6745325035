"""What of a sample can be searched: stretches of text, each of a kind and with its place."""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

Kind = Literal[
    "system",
    "user",
    "assistant",
    "tool",
    "reasoning",
    "tool_call",
    "input",
    "target",
    "score",
    "error",
    "other",
]
"""Whose words they are. The first four are the roles of messages; ``tool`` is what a tool answered,
``tool_call`` what the model asked it for, ``score`` a scorer's answer and explanation."""

KINDS: tuple[Kind, ...] = get_args(Kind)
NUMBER = {kind: number for number, kind in enumerate(KINDS)}

NOWHERE = -1
"""The index of what is in no message of the sample's list, such as a subagent's talk."""


class Entry(msgspec.Struct, frozen=True):
    """Some text of one sample. ``index`` is its message's place in the sample's list."""

    kind: Kind
    index: int
    text: str


def role_kind(role: str) -> Kind:
    """The kind of a message's own text; ``other`` for a role of no known name."""
    return role if role in _ROLES else "other"  # pyright: ignore[reportReturnType]


_ROLES = frozenset(("system", "user", "assistant", "tool"))
