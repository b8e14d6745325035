"""The jobs API: decode, call, encode."""

from __future__ import annotations

from typing import Annotated

from litestar import Request, Router, delete, get, post, put
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody, PathParameter, QueryParameter, SkipValidation

from hawk.ages import point_in_time
from hawk.auth.access import Access
from hawk.auth.caller import Caller
from hawk.auth.permission import Permission, needs
from hawk.errors import UsageFault
from hawk.jobs.launching import Launcher
from hawk.jobs.listing import JobFilter
from hawk.jobs.packages import Packages
from hawk.jobs.reconcile import Reconciler
from hawk.jobs.service import Jobs
from hawk.jobs.types import (
    SHA256,
    WHEEL_NAME,
    JobDetail,
    JobList,
    JobSpec,
    JobStatus,
    Logs,
    Resume,
    Stop,
    Submission,
)
from hawk.operator_log.masking import mask_here

MAX_WHEEL = 500_000_000

# `$` alone lets a newline through in Python; the rest is for it, and means the same in JSON Schema.
JobId = Annotated[str, PathParameter(pattern=r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$(?!\n)")]
Seen = NamedDependency[SkipValidation[Access]]
Limit = Annotated[int, QueryParameter(ge=1, le=500)]
Sha256 = Annotated[str, PathParameter(pattern=SHA256)]
WheelName = Annotated[str, PathParameter(pattern=WHEEL_NAME)]
Place = Annotated[int | None, QueryParameter(ge=0, le=2**53)]
Lines = Annotated[int | None, QueryParameter(ge=1, le=100_000)]
Since = Annotated[str | None, QueryParameter(max_length=100, description="A time, or an age such as 2d.")]
Search = Annotated[
    str | None,
    QueryParameter(max_length=500, pattern=r"^[^\x00]*$", description="Words that must each occur."),
]
Cursor = Annotated[str | None, QueryParameter(max_length=1000, description="The `next` of the page before.")]
Total = Annotated[bool, QueryParameter(description="Whether to count what is on all pages.")]


@get("/jobs", summary="Jobs, newest first", opt=needs(Permission.LOGIN))
async def list_jobs(
    jobs: NamedDependency[Jobs],
    reconciler: NamedDependency[Reconciler],
    caller: NamedDependency[Caller],
    access: Seen,
    embedded: NamedDependency[bool],
    mine: FromQuery[bool] = False,
    since: Since = None,
    status: FromQuery[JobStatus | None] = None,
    search: Search = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    total: Total = False,
) -> JobList:
    """Every filter that is given must hold; ``next`` is the cursor of the page behind this one."""
    if embedded:
        await reconciler.look()
    wanted = JobFilter(
        access=access,
        owner=caller.owner if mine else None,
        since=point_in_time(since) if since else None,
        status=status,
        search=search or "",
        limit=limit,
        cursor=cursor,
        total=total,
    )
    return await jobs.page(wanted)


@post("/jobs", summary="Start a job", opt=needs(Permission.LOGIN))
async def submit_job(
    data: JSONBody[Submission],
    jobs: NamedDependency[Jobs],
    launcher: NamedDependency[Launcher],
    reconciler: NamedDependency[Reconciler],
    caller: NamedDependency[Caller],
    access: Seen,
) -> JobDetail:
    """The same key with the same body gives the same job, however often it is sent."""
    mask_here(data.secrets.values())
    job_id = await launcher.submit(data, caller, access)
    await reconciler.look(job_id)
    return await jobs.show(job_id)


@get("/jobs/{job_id:str}", summary="One job", opt=needs(Permission.VIEW))
async def show_job(
    job_id: JobId,
    jobs: NamedDependency[Jobs],
    reconciler: NamedDependency[Reconciler],
    embedded: NamedDependency[bool],
) -> JobDetail:
    """With its attempts, its changes of state, its progress and what explains its state."""
    if embedded:
        await reconciler.look(job_id)
    return await jobs.show(job_id)


@get("/jobs/{job_id:str}/spec", summary="The config of a job's newest launch", opt=needs(Permission.VIEW))
async def show_spec(job_id: JobId, jobs: NamedDependency[Jobs]) -> JobSpec:
    """As it was sent, with the warnings that it gives."""
    return await jobs.spec(job_id)


@get("/jobs/{job_id:str}/logs", summary="Output of a job", opt=needs(Permission.VIEW))
async def show_logs(
    job_id: JobId,
    jobs: NamedDependency[Jobs],
    reconciler: NamedDependency[Reconciler],
    embedded: NamedDependency[bool],
    after: Place = None,
    last: Lines = None,
) -> Logs:
    """What came after a cursor, or the last lines; the last hundred where neither is given."""
    if after is not None and last is not None:
        raise UsageFault("`after` and `last` can't be combined.")
    if embedded:
        await reconciler.look(job_id)
    return await jobs.logs(job_id, after=after, last=100 if after is None and last is None else last)


@post(
    "/jobs/{job_id:str}/stop",
    status_code=202,
    summary="Ask for the end of a job or a sample",
    opt=needs(Permission.CHANGE),
)
async def stop_job(
    job_id: JobId,
    data: JSONBody[Stop],
    jobs: NamedDependency[Jobs],
    reconciler: NamedDependency[Reconciler],
    caller: NamedDependency[Caller],
) -> JobDetail:
    """Answers when the wish is recorded and delivered; the end itself comes later."""
    await reconciler.settle(job_id)
    await jobs.stop(job_id, data, caller)
    return await jobs.show(job_id)


@post(
    "/jobs/{job_id:str}/resume",
    status_code=201,
    summary="Launch an ended job again",
    opt=needs(Permission.CHANGE),
)
async def resume_job(
    job_id: JobId,
    data: JSONBody[Resume],
    jobs: NamedDependency[Jobs],
    launcher: NamedDependency[Launcher],
    reconciler: NamedDependency[Reconciler],
    caller: NamedDependency[Caller],
    access: Seen,
) -> JobDetail:
    """Finished samples are kept; secrets are given again."""
    mask_here(data.secrets.values())
    await launcher.resume(job_id, data, caller, access)
    await reconciler.look(job_id)
    return await jobs.show(job_id)


@delete(
    "/jobs/{job_id:str}", summary="End a job and remove what its backend keeps", opt=needs(Permission.CHANGE)
)
async def delete_job(job_id: JobId, jobs: NamedDependency[Jobs], caller: NamedDependency[Caller]) -> None:
    """Inspect's logs and Hawk's records of the job stay."""
    await jobs.delete(job_id, caller)


@put(
    "/packages/{sha256:str}/{filename:str}",
    status_code=204,
    request_max_body_size=MAX_WHEEL,
    summary="Keep a wheel for a submission",
    opt=needs(Permission.LOGIN),
)
async def keep_package(
    sha256: Sha256,
    filename: WheelName,
    request: Request[None, None, State],
    packages: NamedDependency[Packages],
) -> None:
    """The body is the wheel; its SHA-256 is its name."""
    await packages.keep(sha256, filename, await request.body())


@get(
    "/packages/{sha256:str}/{filename:str}",
    status_code=204,
    summary="Whether a wheel is kept",
    opt=needs(Permission.LOGIN),
)
async def has_package(sha256: Sha256, filename: WheelName, packages: NamedDependency[Packages]) -> None:
    """404 where it has to be put first."""
    await packages.require(sha256, filename)


jobs_router = Router(
    path="/api",
    route_handlers=[
        list_jobs,
        submit_job,
        show_job,
        show_spec,
        show_logs,
        stop_job,
        resume_job,
        delete_job,
        keep_package,
        has_package,
    ],
)
