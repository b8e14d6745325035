"""The API of usage: decode, call, encode."""

from __future__ import annotations

from typing import Annotated

from litestar import Router, get
from litestar.params import QueryParameter

from hawk.ages import point_in_time
from hawk.auth.permission import Permission, needs
from hawk.results.parameters import TEXT, EvalSetId, Freshen, Seen, Since, Warehouse
from hawk.results.usage.queries import UsageFilter
from hawk.results.usage.service import report_usage
from hawk.results.usage.types import By, UsageReport

Groupings = Annotated[
    list[By] | None,
    QueryParameter(min_items=1, max_items=5, description="What makes a group; by model without it."),
]
Until = Annotated[
    str | None, QueryParameter(max_length=100, description="Before a time, or an age such as 2d.")
]
Model = Annotated[
    str | None, QueryParameter(max_length=500, pattern=TEXT, description="Models with this in their names.")
]


@get("/usage", summary="Tokens and their cost, grouped", opt=needs(Permission.LOGIN))
async def show_usage(
    db: Warehouse,
    access: Seen,
    fresh: Freshen,
    by: Groupings = None,
    since: Since = None,
    until: Until = None,
    eval_set: EvalSetId = None,
    model: Model = None,
) -> UsageReport:
    """By all logs, superseded ones too: their tokens are spent. Nothing that was copied counts twice."""
    wanted = UsageFilter(
        access=access,
        eval_set=eval_set,
        since=point_in_time(since) if since else None,
        until=point_in_time(until) if until else None,
        model=model,
    )
    await fresh(eval_set)
    return await report_usage(db, wanted, by or ["model"])


usage_router = Router(path="/api", route_handlers=[show_usage])
