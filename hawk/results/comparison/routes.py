"""The API of comparisons: decode, call, encode."""

from __future__ import annotations

from typing import Annotated

from litestar import Router, get
from litestar.params import QueryParameter

from hawk.auth.permission import Permission, needs
from hawk.results.comparison.service import compare_all
from hawk.results.comparison.types import Comparison
from hawk.results.parameters import TEXT, Freshen, Seen, Warehouse

Ids = Annotated[
    list[Annotated[str, QueryParameter(max_length=1000, pattern=TEXT)]],
    QueryParameter(
        name="id",
        min_items=2,
        max_items=8,
        description="Eval sets or evals; all are compared with the first.",
    ),
]
Scorer = Annotated[
    str | None,
    QueryParameter(max_length=1000, pattern=TEXT, description="By this scorer; without it by the first one."),
]
Flips = Annotated[bool, QueryParameter(description="Whether to list the samples that came out otherwise.")]


@get("/compare", summary="Eval sets or evals side by side", opt=needs(Permission.LOGIN))
async def show_comparison(
    ids: Ids, db: Warehouse, access: Seen, fresh: Freshen, scorer: Scorer = None, flips: Flips = False
) -> Comparison:
    """Scores, differences on shared samples, tokens, times and costs, by task, model and solver."""
    return await compare_all(db, fresh, access, ids, scorer=scorer, flips=flips)


comparison_router = Router(path="/api", route_handlers=[show_comparison])
