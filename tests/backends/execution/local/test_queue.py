from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hawk.backends.execution.local.supervisor import slots
from hawk.backends.execution.local.supervisor.locks import is_locked
from hawk.backends.execution.protocol import Launch
from tests.backends.execution.local.harness import Local, make_plan, until


def taken(local: Local) -> int:
    return sum(is_locked(path) for path in (local.home / "local" / ".slots").iterdir())


def test_no_more_run_than_may(make_local: Callable[..., Local]) -> None:
    local = make_local(max_running=2)
    jobs = [f"job-{number}" for number in range(6)]

    async def launch_all() -> None:
        orders = [Launch(plan=make_plan(job, spec={"hold": True})) for job in jobs]
        await asyncio.gather(*(local.backend.launch(order) for order in orders))

    asyncio.run(launch_all())
    left = set(jobs)

    def begun() -> set[str]:
        return {job for job in left if (local.folder(job) / "started-1.json").exists()}

    while left:
        fresh = until(begun)
        assert len(fresh) <= 2
        assert taken(local) <= 2
        for job in fresh:
            (local.folder(job) / "go").touch()
            local.wait(job)
        left -= fresh
    spans = [local.observe(job).attempts[0] for job in jobs]
    for one in spans:
        together = [o for o in spans if o.started_at <= one.started_at < o.ended_at]
        assert len(together) <= 2


def test_the_higher_priority_goes_first_then_the_older(make_local: Callable[..., Local]) -> None:
    local = make_local(max_running=1)
    local.launch("running", hold=True)
    for job, priority in (("low", -1), ("first", 0), ("second", 0), ("high", 5)):
        local.launch(job, priority=priority)
        local.wait(job, states={"queued"})
    (local.folder("running") / "go").touch()
    for job in ("low", "first", "second", "high"):
        assert local.wait(job).state == "succeeded"
    starts = {job: local.observe(job).attempts[0].started_at for job in ("low", "first", "second", "high")}
    assert sorted(starts, key=starts.__getitem__) == ["high", "first", "second", "low"]


def test_a_dead_waiter_does_not_block(make_local: Callable[..., Local]) -> None:
    local = make_local(max_running=1)
    local.launch("running", hold=True)
    local.launch("dead", priority=9)
    local.launch("next")
    local.supervisor("dead").kill()
    (local.folder("running") / "go").touch()
    assert local.wait("next").state == "succeeded"
    assert local.state("dead") == "lost"
    assert [p.name for p in (local.home / "local" / ".queue").iterdir()] == [".lock"]


def test_fewer_slots_hold_for_later_launches(make_local: Callable[..., Local]) -> None:
    """The settings may change between two launches: who runs already counts."""
    wide, narrow = make_local(max_running=2), make_local(max_running=1)
    wide.launch("a", hold=True)
    wide.launch("b", hold=True)
    narrow.launch("c")
    assert narrow.wait("c", states={"queued"}).reason == "2 of 1 running on local; 0 before it"
    (wide.folder("a") / "go").touch()
    wide.wait("a")
    assert narrow.state("c") == "queued"
    (wide.folder("b") / "go").touch()
    assert narrow.wait("c").state == "succeeded"


def test_who_is_held_takes_no_slot_and_no_place_until_the_word(make_local: Callable[..., Local]) -> None:
    local = make_local(max_running=1)
    local.launch("held", held=True, priority=9, secrets={"A": "s3cret"})
    seen = local.wait("held", states={"queued"})
    assert (seen.held, seen.attempts) == (True, ())
    local.launch("next")
    assert local.wait("next").state == "succeeded"
    assert local.state("held") == "queued"
    local.release("held")
    seen = local.wait("held")
    assert (seen.state, seen.held) == ("succeeded", False)
    assert set(local.left("secrets-1", "held")) == {"A"}


def test_who_is_held_can_be_stopped_and_lost(make_local: Callable[..., Local]) -> None:
    local = make_local(max_running=1)
    local.launch("stopped", held=True)
    local.stop("stopped")
    seen = local.wait("stopped")
    assert (seen.state, seen.reason, seen.held) == ("stopped", "stopped before it started", False)
    local.launch("dead", held=True)
    local.supervisor("dead").kill()
    seen = local.wait("dead")
    assert (seen.state, seen.held) == ("lost", False)


def test_who_waits_says_for_how_many(make_local: Callable[..., Local]) -> None:
    local = make_local(max_running=1)
    local.launch("running", hold=True)
    local.launch("second")
    local.wait("second", states={"queued"})
    local.launch("third")
    seen = until(lambda: (one := local.observe("third")) and one.reason and one)
    assert seen.reason == "1 of 1 running on local; 1 before it"
    (local.folder("running") / "go").touch()
    assert local.wait("third").state == "succeeded"


def test_waiting_costs_next_to_nothing(make_local: Callable[..., Local]) -> None:
    local = make_local(max_running=1)
    local.launch("running", hold=True)
    local.launch("waiting")
    local.wait("waiting", states={"queued"})
    waiting = local.supervisor("waiting")
    before, switches = waiting.cpu_times(), waiting.num_ctx_switches().voluntary
    until(lambda: waiting.num_ctx_switches().voluntary >= switches + 8)
    after = waiting.cpu_times()
    # Eight turns are two seconds; a busy loop would take all of them.
    assert after.user + after.system - before.user - before.system < 0.2
    assert psutil.Process(waiting.pid).memory_info().rss < 40 << 20


@given(st.lists(st.integers(-1000, 1000), min_size=1, max_size=6))
def test_the_line_is_by_priority_then_by_time(
    tmp_path_factory: pytest.TempPathFactory, priorities: list[int]
) -> None:
    root = tmp_path_factory.mktemp("line")
    line = [slots.WaitingLine(root, f"job-{n}", 1, priority) for n, priority in enumerate(priorities)]
    wanted = sorted(range(len(line)), key=lambda n: (-priorities[n], n))
    got: list[int] = []
    while len(got) < len(line):
        for number, place in enumerate(line):
            if number not in got and (slot := place.take(1)) is not None:
                place.leave()
                os.close(slot)
                got.append(number)
                break
        else:
            raise AssertionError("nobody may go")
    assert got == wanted


def test_a_job_is_forgotten_by_its_whole_name(tmp_path: Path) -> None:
    for name in ("0-1-2-1-my-job", ".0-1-2-1-my-job", "0-1-2-1-other-my-job", ".lock"):
        (tmp_path / ".queue").mkdir(exist_ok=True)
        (tmp_path / ".queue" / name).touch()
    slots.forget(tmp_path, "my-job")
    assert {p.name for p in (tmp_path / ".queue").iterdir()} == {"0-1-2-1-other-my-job", ".lock"}
