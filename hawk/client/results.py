"""``hawk.results()``: lists as dataframes."""

from __future__ import annotations

import asyncio
import os
import warnings
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal, TypedDict, TypeVar, Unpack

import msgspec

from hawk.client.client import HawkClient
from hawk.client.connect import connect
from hawk.client.frames.dataframe import Frame, chosen_frame, dataframe
from hawk.client.frames.spool import Spool
from hawk.client.pages import Page, items_of
from hawk.errors import UsageFault
from hawk.results.types import Eval, EvalSet, Sample
from hawk.settings import load_settings


class Filters(TypedDict, total=False):
    """What results can be chosen and sorted by; not every list by all of it."""

    eval_set: str | None
    eval_id: str | None
    task: str | None
    model: str | None
    solver: str | None
    created_by: str | None
    status: str | None
    ended_by: str | None
    sample_id: str | None
    epoch: int | None
    score_min: float | None
    score_max: float | None
    scorer: str | None
    invalidated: bool | None
    tag: str | None
    since: str | None
    until: str | None
    search: str | None
    superseded: bool | None
    sort: str | None


List = Literal["samples", "evals", "eval_sets"]
T = TypeVar("T")

_OF_BOTH = (
    *("eval_set", "task", "model", "solver", "created_by", "status", "since", "until", "search"),
    *("superseded", "sort"),
)
_OF_SAMPLES = (
    *("eval_id", "ended_by", "sample_id", "epoch", "score_min", "score_max", "scorer", "invalidated"),
)
_LISTS: dict[str, tuple[type[msgspec.Struct], Callable[..., Any], frozenset[str]]] = {
    "samples": (Sample, HawkClient.samples, frozenset((*_OF_BOTH, *_OF_SAMPLES))),
    "evals": (Eval, HawkClient.evals, frozenset((*_OF_BOTH, "tag"))),
    "eval_sets": (EvalSet, HawkClient.eval_sets, frozenset({"since", "search"})),
}


def results(
    what: List = "samples",
    *,
    limit: int | None = None,
    server: str | None = None,
    frame: Frame | None = None,
    **filters: Unpack[Filters],
) -> Any:
    """Samples, evals or eval sets as a dataframe, all there are unless a ``limit`` is given.

    A column for each field, and for each scorer (``scores.match``). ``filters`` are those of
    :meth:`HawkClient.samples`, ``evals`` and ``eval_sets``: ``since`` is a time or an age such as ``2d``,
    ``sort`` a column (``-score``: the largest first). ``server`` is a URL, ``"local"`` for this machine,
    else what the settings say; ``frame`` is ``"pandas"`` or ``"polars"``, else whichever is there. It may be
    called where an event loop runs (a notebook). Raises :class:`hawk.errors.HawkError`.
    """
    given = _checked(what, {name: value for name, value in filters.items() if value is not None})
    library = chosen_frame(frame)
    with Spool(_LISTS[what][0]) as spool:
        pending = _run(_fill(spool, what, given, limit, server))
        if pending:
            warnings.warn(f"{pending} logs are still being read; ask again for all results.", stacklevel=3)
        return dataframe(spool, library)


async def _fill(
    spool: Spool, what: str, filters: dict[str, Any], limit: int | None, server: str | None
) -> int:
    """Fetch a list. Returns how many logs it could not take into account yet."""
    _, listing, _ = _LISTS[what]
    async with connect(load_settings(os.environ), server) as client:

        async def page(size: int, cursor: str | None) -> Page[msgspec.Struct]:
            return await listing(client, **filters, limit=size, cursor=cursor)

        await spool.take(items_of(page, limit))
        return client.pending_imports


def _checked(what: str, filters: dict[str, Any]) -> dict[str, Any]:
    if what not in _LISTS:
        raise UsageFault(f"There is no list of {what!r}.", fix=f"Choose one of {', '.join(_LISTS)}.")
    wrong = sorted(filters.keys() - _LISTS[what][2])
    if wrong:
        raise UsageFault(
            f"{what} can't be chosen by {', '.join(wrong)}.",
            fix=f"They are by {', '.join(sorted(_LISTS[what][2]))}.",
        )
    return filters


def _run(work: Coroutine[Any, Any, T]) -> T:
    """Run to its end, in a thread of its own where this one has a running event loop."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()
