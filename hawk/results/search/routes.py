"""The search API: decode, call, encode."""

from __future__ import annotations

from typing import Annotated

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from hawk.ages import point_in_time
from hawk.auth.permission import Permission, needs
from hawk.importers.text.entries import Kind
from hawk.results.parameters import (
    TEXT,
    Cursor,
    EvalId,
    EvalSetId,
    Freshen,
    Limit,
    Seen,
    Since,
    Superseded,
    Total,
    Warehouse,
)
from hawk.results.search.needle import LONGEST, Needle
from hawk.results.search.queries import SearchFilter
from hawk.results.search.scanners import Scanners
from hawk.results.search.service import search
from hawk.results.search.types import HitList

Text = Annotated[
    str, QueryParameter(min_length=1, max_length=LONGEST, pattern=TEXT, description="What to look for.")
]
Regex = Annotated[bool, QueryParameter(description="Whether it is a regular expression (RE2's).")]
Case = Annotated[bool, QueryParameter(description="Whether upper and lower case differ.")]
Roles = Annotated[
    list[Kind] | None, QueryParameter(max_items=20, description="Whose words; everybody's without it.")
]
Exactly = Annotated[str | None, QueryParameter(max_length=1000, pattern=TEXT, description="Just of this.")]


@get("/search", summary="Text in transcripts, that of the newest evals first", opt=needs(Permission.LOGIN))
async def show_hits(
    db: Warehouse,
    access: Seen,
    fresh: Freshen,
    scanners: NamedDependency[Scanners],
    q: Text,
    regex: Regex = False,
    case: Case = False,
    role: Roles = None,
    eval_set: EvalSetId = None,
    eval_id: EvalId = None,
    task: Exactly = None,
    model: Exactly = None,
    since: Since = None,
    superseded: Superseded = False,
    limit: Limit = 50,
    cursor: Cursor = None,
    total: Total = False,
) -> HitList:
    """Every message, call, result, thought, error and explanation that has the text is one hit."""
    needle = Needle(text=q, regex=regex, case=case, kinds=tuple(role) if role else None)
    wanted = SearchFilter(
        access=access,
        eval_set=eval_set,
        eval_id=eval_id,
        task=task,
        model=model,
        since=point_in_time(since) if since else None,
        superseded=superseded,
    )
    if cursor is None:
        await fresh(eval_set)
    return await search(db, scanners, needle, wanted, limit=limit, cursor=cursor, total=total)


search_router = Router(path="/api", route_handlers=[show_hits])
