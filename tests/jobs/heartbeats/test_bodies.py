"""Runners and servers of different ages, and runners that mean no good."""

from __future__ import annotations

import json
from datetime import UTC
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from hawk.clock import utc_now
from hawk.jobs import store as job_store
from hawk.jobs.entries import new_row
from hawk.jobs.heartbeats import store
from hawk.jobs.heartbeats.types import Heard, heard_of
from hawk.jobs.records import LaunchRecord
from hawk.jobs.types import JobStatus
from hawk.settings import Settings
from hawk.specs.control import (
    Heartbeat,
    HeartbeatReply,
    IdleSample,
    ModelProgress,
    Progress,
    SampleProgress,
    TaskProgress,
    TokenCounts,
)
from hawk.warehouse.engine import Database
from tests.jobs.heartbeats.conftest import FarStage, Runner, serving

# What runners of version 1 sent, as bytes on the wire. Never change these.
FIRST_BODY = (
    b'{"attempt":1,"seq":1764110000001,"progress":{"job_id":"JOB","launch":1,"attempt":1,'
    b'"time":"2026-11-25T22:33:20.000001Z","phase":"running","message":null,"tasks":[{"task":"arithmetic",'
    b'"model":"scripted/careful","solver":"generate","eval_id":"e1","status":"running",'
    b'"samples":{"done":3,"total":8,"running":2,"errors":1},"tokens":{"input":10,"output":20,"total":30}}],'
    b'"models":[{"model":"scripted/careful","calls":4,"retries":1,"rate_limited":0,"waited":0.5}],'
    b'"idle":{"task":"arithmetic","sample_id":"sum-1","epoch":1,"seconds":2.5,"uuid":"u"},'
    b'"tokens":{"input":10,"output":20,"total":30},"running_since":"2026-11-25T22:33:00Z"}}'
)
FIRST_REPLY = (
    b'{"desired":{"launch":1,"state":"stop","now":false,"score":true,"samples":[],"by":"ada"},"interval":4.0}'
)


async def test_an_older_runner_is_understood(settings: Settings, stage: FarStage) -> None:
    async with serving(settings, stage) as server:
        runner = await server.submit(stage)
        answer = await runner.post(server, FIRST_BODY.replace(b"JOB", runner.job_id.encode()))
        assert answer.status_code == 200, answer.text
        shown = await server.client.job(runner.job_id)
        assert (shown.status, shown.samples.done, shown.samples.errors) == (JobStatus.RUNNING, 3, 1)
        assert shown.tokens.total == 30


async def test_what_a_newer_runner_says_more_is_passed_over(settings: Settings, stage: FarStage) -> None:
    async with serving(settings, stage) as server:
        runner = await server.submit(stage)
        body = json.loads(FIRST_BODY.replace(b"JOB", runner.job_id.encode()))
        body |= {"version": 7, "weather": "fine"}
        body["progress"]["tasks"][0]["samples"]["queued"] = 4
        body["progress"]["sandboxes"] = [{"name": "a"}]
        assert (await runner.post(server, json.dumps(body).encode())).status_code == 200
        assert (await server.client.job(runner.job_id)).samples.done == 3


async def test_a_newer_runner_that_isnt_understood_lives_without_progress(
    settings: Settings, stage: FarStage
) -> None:
    async with serving(settings, stage) as server:
        runner = await server.submit(stage)
        body = json.loads(FIRST_BODY.replace(b"JOB", runner.job_id.encode()))
        body["progress"]["phase"] = "dreaming"
        assert (await runner.post(server, json.dumps(body).encode())).status_code == 422
        del body["progress"]
        assert (await runner.post(server, json.dumps(body).encode())).status_code == 200
        await server.services.heartbeats.flush()
        assert (await server.client.job(runner.job_id)).heartbeat_at is not None


def test_an_older_servers_reply_is_understood_and_what_a_newer_one_says_more_passed_over() -> None:
    reply = msgspec.json.decode(FIRST_REPLY, type=HeartbeatReply)
    assert (reply.desired.state, reply.desired.by, reply.ended, reply.token) == ("stop", "ada", False, None)
    more = {**json.loads(FIRST_REPLY), "version": 3, "gift": 1}
    assert msgspec.json.decode(json.dumps(more), type=HeartbeatReply).interval == 4.0


@pytest.mark.parametrize(
    "poison",
    [
        {"tokens": TokenCounts(10**30, -(10**30), 2**63)},
        {"message": "a \0 NUL"},
        {"message": "\\u0000 \\\\u0000 ' %s :beats \\"},
    ],
)
async def test_no_job_hinders_what_others_say(
    settings: Settings, stage: FarStage, poison: dict[str, Any]
) -> None:
    async with serving(settings, stage) as server:
        bad, good = await server.submit(stage, "bad"), await server.submit(stage, "good")
        bad, good = await bad.begin(server), await good.begin(server)
        await bad.beat(server, bad.progress(1))
        await good.beat(server, good.progress(1))
        assert good.job_id in server.services.heartbeats._standings
        await bad.beat(server, msgspec.structs.replace(bad.progress(2**40), **poison))
        await good.beat(server, good.progress(2))
        await server.services.heartbeats.flush()
        assert (await server.client.job(good.job_id)).samples.done == 2
        assert (await server.client.job(bad.job_id)).samples.done == 2**31 - 1
        assert len((await server.client.jobs()).items) == 2


async def test_what_is_said_of_another_job_counts_for_nothing(settings: Settings, stage: FarStage) -> None:
    async with serving(settings, stage) as server:
        one, other = await server.submit(stage, "one"), await server.submit(stage, "other")
        one, other = await one.begin(server), await other.begin(server)
        await one.beat(server, other.progress(9), outcome=other.next(2).outcome(0))
        await server.services.heartbeats.flush()
        for runner in (one, other):
            assert (await server.client.job(runner.job_id)).samples.done == 0


said = st.dictionaries(
    st.tuples(st.just(1), st.integers(1, 4), st.integers(0, 6)), st.integers(0, 10), min_size=1, max_size=12
)


@hypothesis_settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(said=said, portions=st.lists(st.integers(1, 4), min_size=12, max_size=12))
async def test_in_whatever_order_and_portions_the_newest_is_what_stays(
    settings: Settings, said: dict[tuple[int, int, int], int], portions: list[int]
) -> None:
    key = uuid4()
    runner = Runner(f"job-{key}", 1, "")
    record = LaunchRecord(
        decision="submitted",
        time=utc_now(),
        user="ada",
        launch=1,
        key=str(key),
        kind="eval-set",
        backend="local",
        spec={},
    )
    heard: list[Heard] = []
    for (runner.launch, runner.attempt, seq), done in said.items():
        beat = Heartbeat(attempt=runner.attempt, seq=seq, progress=runner.progress(done))
        heard.append(heard_of(runner.job_id, runner.launch, beat, utc_now()))
    db = await Database.open(settings.database_url)
    try:
        async with db.write() as conn:
            await job_store.add_job(conn, new_row(runner.job_id, record, "there"), "test")
        while heard:
            size = portions.pop()
            portion, heard = heard[:size], heard[size:]
            async with db.write() as conn:  # of one job a server keeps the newest
                await store.put(conn, [max(portion, key=lambda one: one.order)])
        async with db.read() as conn:
            row = await job_store.get(conn, runner.job_id)
    finally:
        await db.close()
    assert row is not None
    assert row["samples_done"] == said[max(said)]


counts = st.integers(0, 2**53)
words = st.text(max_size=5)
times = st.datetimes(timezones=st.just(UTC))
seconds = st.floats(0, 1e9)
progresses = st.builds(
    Progress,
    job_id=words,
    launch=counts,
    attempt=counts,
    time=times,
    phase=st.sampled_from(["installing", "loading", "running", "finishing"]),
    message=st.none() | words,
    tasks=st.lists(
        st.builds(
            TaskProgress,
            task=words,
            model=st.none() | words,
            samples=st.builds(SampleProgress, counts, counts, counts, counts),
            tokens=st.builds(TokenCounts, counts, counts, counts),
        ),
        max_size=3,
    ).map(tuple),
    models=st.lists(st.builds(ModelProgress, words, counts, counts, counts, seconds), max_size=2).map(tuple),
    idle=st.none() | st.builds(IdleSample, words, words, counts, seconds, st.none() | words),
    running_since=st.none() | times,
)


@given(progress=progresses)
def test_any_progress_goes_over_as_it_is(progress: Progress) -> None:
    beat = Heartbeat(attempt=1, seq=1, progress=progress)
    assert msgspec.json.decode(msgspec.json.encode(beat), type=Heartbeat) == beat
