"""The results API: decode, call, encode."""

from __future__ import annotations

from datetime import datetime

from litestar import Response, Router, get

from hawk.ages import point_in_time
from hawk.auth.permission import Permission, needs
from hawk.results.logged import decode_sample
from hawk.results.parameters import (
    CreatedBy,
    Cursor,
    EndedBy,
    Epoch,
    EvalId,
    EvalSetId,
    EvalStatus,
    Freshen,
    Invalidated,
    Limit,
    Logs,
    Model,
    SampleId,
    SampleName,
    ScoreMax,
    ScoreMin,
    Scorer,
    Search,
    Seen,
    Since,
    Solver,
    Sort,
    Status,
    Superseded,
    Tag,
    Task,
    Top,
    Total,
    Until,
    Warehouse,
)
from hawk.results.queries.eval_choice import EvalChoice
from hawk.results.queries.eval_orders import NEWEST_FIRST as EVALS_NEWEST_FIRST
from hawk.results.queries.eval_sets import EvalSetFilter, list_eval_sets
from hawk.results.queries.evals import EvalFilter, list_evals
from hawk.results.queries.facets import read_facets
from hawk.results.queries.sample_filter import SampleFilter
from hawk.results.queries.sample_orders import NEWEST_FIRST
from hawk.results.queries.samples import list_samples
from hawk.results.service import Fresh, fresh_sample, sample_json
from hawk.results.transcript import transcript_of
from hawk.results.types import EvalList, EvalSetList, Facets, Sample, SampleList, Transcript


@get("/eval-sets", summary="Eval sets, newest first", opt=needs(Permission.LOGIN))
async def show_eval_sets(
    db: Warehouse,
    access: Seen,
    fresh: Freshen,
    since: Since = None,
    search: Search = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    total: Total = False,
) -> EvalSetList:
    """A filter chooses whole eval sets, and leaves what they sum up as it is."""
    wanted = EvalSetFilter(access=access, since=_moment(since), search=search)
    await _fresh_at_first(fresh, None, cursor)
    async with db.read() as conn:
        return await list_eval_sets(conn, wanted, cursor=cursor, limit=limit, total=total)


@get("/evals", summary="Evals, newest first", opt=needs(Permission.LOGIN))
async def show_evals(
    db: Warehouse,
    access: Seen,
    fresh: Freshen,
    eval_set: EvalSetId = None,
    task: Task = None,
    model: Model = None,
    solver: Solver = None,
    status: EvalStatus = None,
    created_by: CreatedBy = None,
    tag: Tag = None,
    since: Since = None,
    until: Until = None,
    search: Search = None,
    superseded: Superseded = False,
    sort: Sort = EVALS_NEWEST_FIRST,
    limit: Limit = 50,
    cursor: Cursor = None,
    total: Total = False,
) -> EvalList:
    """The newest log of each task, and every log that can't be read, with the reason."""
    wanted = EvalFilter(
        access=access,
        eval_set=eval_set,
        task=task,
        model=model,
        solver=solver,
        status=status,
        created_by=created_by,
        tag=tag,
        since=_moment(since),
        until=_moment(until),
        search=search,
        superseded=superseded,
    )
    await _fresh_at_first(fresh, eval_set, cursor)
    async with db.read() as conn:
        return await list_evals(conn, wanted, sort=sort, cursor=cursor, limit=limit, total=total)


@get("/samples", summary="Samples with their scores", opt=needs(Permission.LOGIN))
async def show_samples(
    db: Warehouse,
    access: Seen,
    fresh: Freshen,
    eval_set: EvalSetId = None,
    eval_id: EvalId = None,
    task: Task = None,
    model: Model = None,
    solver: Solver = None,
    created_by: CreatedBy = None,
    status: Status = None,
    ended_by: EndedBy = None,
    sample_id: SampleId = None,
    epoch: Epoch = None,
    score_min: ScoreMin = None,
    score_max: ScoreMax = None,
    scorer: Scorer = None,
    invalidated: Invalidated = None,
    since: Since = None,
    until: Until = None,
    search: Search = None,
    superseded: Superseded = False,
    sort: Sort = NEWEST_FIRST,
    limit: Limit = 50,
    cursor: Cursor = None,
    total: Total = False,
) -> SampleList:
    """Of several tries of a sample the one that counts. Those without the sorted value come last."""
    wanted = SampleFilter(
        access=access,
        eval_set=eval_set,
        eval_id=eval_id,
        task=task,
        model=model,
        solver=solver,
        created_by=created_by,
        status=status,
        limit=ended_by,
        sample_id=sample_id,
        epoch=epoch,
        score_min=score_min,
        score_max=score_max,
        scorer=scorer,
        invalidated=invalidated,
        since=_moment(since),
        until=_moment(until),
        search=search,
        superseded=superseded,
    )
    await _fresh_at_first(fresh, eval_set, cursor)
    async with db.read() as conn:
        return await list_samples(conn, wanted, sort=sort, cursor=cursor, limit=limit, total=total)


@get("/facets", summary="What there is to filter by", opt=needs(Permission.LOGIN))
async def show_facets(
    db: Warehouse,
    access: Seen,
    eval_set: EvalSetId = None,
    task: Task = None,
    model: Model = None,
    solver: Solver = None,
    created_by: CreatedBy = None,
    top: Top = 50,
) -> Facets:
    """Tasks, models and so on of the evals that the filters leave, those with the most samples first."""
    wanted = EvalChoice(
        access=access, eval_set=eval_set, task=task, model=model, solver=solver, created_by=created_by
    )
    async with db.read() as conn:
        return await read_facets(conn, wanted, top=top)


@get("/samples/{uuid:str}", summary="One sample", opt=needs(Permission.VIEW))
async def show_sample(uuid: SampleName, db: Warehouse, access: Seen, fresh: Freshen) -> Sample:
    """Where several logs have the sample, the one that counts."""
    return await fresh_sample(db, fresh, access, uuid)


@get("/samples/{uuid:str}/transcript", summary="One sample, whole, for a reader", opt=needs(Permission.VIEW))
async def show_transcript(
    uuid: SampleName, db: Warehouse, access: Seen, evals: Logs, fresh: Freshen
) -> Transcript:
    """What was asked, said, called and scored, read from the sample's log."""
    sample = await fresh_sample(db, fresh, access, uuid)
    member = await sample_json(evals, sample)
    return transcript_of(sample, decode_sample(member, f"Sample {uuid} in {sample.log}"))


@get("/samples/{uuid:str}/raw", summary="One sample as it stands in its log", opt=needs(Permission.VIEW))
async def show_raw_sample(
    uuid: SampleName, db: Warehouse, access: Seen, evals: Logs, fresh: Freshen
) -> Response[bytes]:
    """Inspect's own JSON, byte for byte."""
    sample = await fresh_sample(db, fresh, access, uuid)
    return Response(await sample_json(evals, sample), media_type="application/json")


async def _fresh_at_first(fresh: Fresh, eval_set: str | None, cursor: str | None) -> None:
    """Bring a list up to date for its first page; the ones behind it go on with what that saw."""
    if cursor is None:
        await fresh(eval_set)


def _moment(since: str | None) -> datetime | None:
    return point_in_time(since) if since else None


results_router = Router(
    path="/api",
    route_handlers=[
        show_eval_sets,
        show_evals,
        show_samples,
        show_facets,
        show_sample,
        show_transcript,
        show_raw_sample,
    ],
)
