"""What a list could have been asked for, where it was asked for what isn't there."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from hawk.cli.rendering.values import plural
from hawk.client.client import HawkClient
from hawk.results.types import Facet

_SHOWN = 5


async def with_names(
    client: HawkClient, nothing: str, eval_set: str | None, asked: Mapping[str, str | None]
) -> str:
    """``nothing``, and of each name asked for that isn't there, those that are."""
    if not any(asked.values()):
        return nothing
    facets = await client.facets(eval_set=eval_set, top=500)
    there = {"task": facets.tasks, "model": facets.models, "solver": facets.solvers}
    hints = [_hint(kind, name, there[kind]) for kind, name in asked.items() if name is not None]
    return " ".join([nothing, *(hint for hint in hints if hint)])


def _hint(kind: str, name: str, there: tuple[Facet, ...]) -> str | None:
    names = [facet.value for facet in there]
    if name in names or not names:
        return None
    if close := get_close_matches(name, names, n=1) or [one for one in names if name in one]:
        return f"There is no {kind} {name!r}. Did you mean {close[0]}?"
    more = len(names) - _SHOWN
    shown = ", ".join(names[:_SHOWN]) + (f" and {plural(more, 'other')}" if more > 0 else "")
    return f"There is no {kind} {name!r}, but {shown}."
