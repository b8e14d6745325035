"""The runner's API: decode, call, encode."""

from __future__ import annotations

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from hawk.auth.caller import Caller
from hawk.auth.permission import Permission, needs
from hawk.jobs.heartbeats.plan import RunnerPlans
from hawk.jobs.heartbeats.service import Heartbeats
from hawk.jobs.routes import JobId
from hawk.specs.control import Heartbeat, HeartbeatReply
from hawk.specs.plan import RunPlan

MAX_HEARTBEAT = 2_000_000


@get("/{job_id:str}/plan", summary="What a runner is to run", opt=needs(Permission.RUNNER))
async def show_plan(
    job_id: JobId, plans: NamedDependency[RunnerPlans], caller: NamedDependency[Caller]
) -> RunPlan:
    """Everything about the launch but its secrets. Refused where the launch is over."""
    return await plans.plan(job_id, caller)


@post(
    "/{job_id:str}/heartbeat",
    status_code=200,
    request_max_body_size=MAX_HEARTBEAT,
    summary="What a runner says of itself, and what is wanted of it",
    opt=needs(Permission.RUNNER),
)
async def take_heartbeat(
    job_id: JobId,
    data: JSONBody[Heartbeat],
    heartbeats: NamedDependency[Heartbeats],
    caller: NamedDependency[Caller],
) -> HeartbeatReply:
    """Also how an attempt begins: with the launch's token, for the attempt's own."""
    del job_id  # The guard has seen that it is the token's.
    return await heartbeats.take(caller, data)


runner_router = Router(path="/api/runner", route_handlers=[show_plan, take_heartbeat])
