from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from hawk.backends.execution.local.evidence import (
    Lost,
    Record,
    decode_records,
    is_finished,
    newest_launch,
    observe_records,
)
from hawk.backends.execution.protocol import Observation
from hawk.specs.control import Progress

NOW = datetime(2024, 1, 1, tzinfo=UTC)
TERMINAL = {"succeeded", "failed", "stopped", "lost"}
FINISHES = st.sampled_from(["succeeded", "failed", "stopped"])


@st.composite
def histories(draw: st.DrawFn) -> list[Record]:
    """What supervisors may have written: launches, each cut off anywhere."""
    records: list[Record] = []
    for launch in range(1, draw(st.integers(1, 3)) + 1):
        whole = [Record(NOW, "launched", launch, pid=1)]
        whole += [Record(NOW, "queued", launch, reason="full")] * draw(st.integers(0, 2))
        attempts = draw(st.integers(0, 3))
        for attempt in range(1, attempts + 1):
            code = 3 if attempt < attempts else draw(st.sampled_from([0, 1, 78, -9]))
            whole.append(Record(NOW, "attempt-started", launch, attempt))
            whole.append(Record(NOW, "attempt-ended", launch, attempt, exit_code=code))
            if attempt < attempts:
                whole.append(Record(NOW, "restarting", launch, attempt + 1, reason="crashed"))
        whole.append(Record(NOW, "finished", launch, state=draw(FINISHES), reason="why"))
        records += whole[: draw(st.integers(1, len(whole)))]
    return [
        msgspec.structs.replace(record, time=NOW + timedelta(seconds=at)) for at, record in enumerate(records)
    ]


def progress(launch: int, attempt: int, phase: str = "running") -> Progress:
    return Progress("job", launch, attempt, NOW, phase)


def observe(records: list[Record], **more: object) -> Observation:
    seen = observe_records("job", records, **more)
    assert seen is not None
    return seen


@given(histories(), st.booleans())
def test_an_observation_follows_the_records(records: list[Record], is_lost: bool) -> None:
    newest = newest_launch(records)
    lost = Lost(newest[0].launch, NOW, "gone") if is_lost else None
    seen = observe(records, lost=lost, progress=progress(newest[0].launch, 1))
    assert seen.launch == records[-1].launch
    if is_finished(records):
        assert (seen.state, seen.reason, seen.since) == (newest[-1].state, "why", newest[-1].time)
    else:
        assert (seen.state == "lost") is is_lost
        assert (seen.state in TERMINAL) is is_lost
    started = {(one.launch, one.attempt) for one in records if one.event == "attempt-started"}
    assert {(one.launch, one.attempt) for one in seen.attempts} == started
    open_ones = [one for one in seen.attempts if one.ended_at is None]
    live = [one for one in open_ones if one.cause is None]
    assert len(live) <= (seen.state not in TERMINAL)
    assert all(one.launch == seen.launch for one in live)


@given(histories())
def test_one_record_more_never_goes_back(records: list[Record]) -> None:
    order = ["queued", "starting", "running", "succeeded"]
    for at in range(1, len(records)):
        before, after = observe(records[:at]), observe(records[: at + 1])
        assert len(after.attempts) >= len(before.attempts)
        if before.launch == after.launch and before.state in TERMINAL:
            assert before.state == after.state
        assert after.state in {*order, *TERMINAL}


@given(histories(), st.integers(0, 200))
def test_a_journal_cut_anywhere_gives_what_was_whole(records: list[Record], cut: int) -> None:
    data = b"".join(msgspec.json.encode(record) + b"\n" for record in records)
    assert list(decode_records(data)) == records
    kept = decode_records(data[: max(len(data) - cut, 0)])
    assert list(kept) == records[: len(kept)]
    mended = data[: max(len(data) - cut, 0)] + b"\n" + msgspec.json.encode(records[-1]) + b"\n"
    assert decode_records(mended)[-1] == records[-1]


@given(st.binary())
def test_any_bytes_are_a_journal(data: bytes) -> None:
    assert observe_records("job", decode_records(data)) is None or b"launched" in data


def test_a_record_of_a_later_hawk_is_passed_over() -> None:
    known = {"time": "2024-01-01T00:00:00Z", "event": "launched", "launch": 1, "new": True}
    unknown = {**known, "event": "hibernated"}
    data = "\n".join(json.dumps(record) for record in (known, unknown)).encode()
    assert [record.event for record in decode_records(data)] == ["launched"]


def test_an_attempt_that_ended_changes_nothing_until_it_is_known_what_comes_of_it() -> None:
    records = [Record(NOW, "launched", 1), Record(NOW, "attempt-started", 1, 1)]
    ended = [*records, Record(NOW, "attempt-ended", 1, 1, exit_code=3)]
    again = [*ended, Record(NOW, "restarting", 1, 2, reason="crashed")]
    states = [observe(one, progress=progress(1, 1, "finishing")).state for one in (records, ended, again)]
    assert states == ["running", "running", "starting"]


def test_it_runs_since_its_first_task_began() -> None:
    began = NOW + timedelta(seconds=9)
    records = [Record(NOW, "launched", 1), Record(NOW, "attempt-started", 1, 1)]
    running = msgspec.structs.replace(progress(1, 1), running_since=began)
    assert (observe(records, progress=running).state, observe(records, progress=running).since) == (
        "running",
        began,
    )
    assert observe(records, progress=progress(1, 1, "loading")).since == NOW


def test_progress_counts_for_its_own_attempt() -> None:
    records = [Record(NOW, "launched", 2), Record(NOW, "attempt-started", 2, 3)]
    states = {
        (launch, attempt, phase): observe(records, progress=progress(launch, attempt, phase)).state
        for launch, attempt, phase in [
            (2, 3, "running"), (2, 3, "finishing"), (2, 3, "loading"), (2, 2, "running"), (1, 3, "running"),
        ]
    }  # fmt: skip
    assert list(states.values()) == ["running", "running", "starting", "starting", "starting"]
    assert observe(records, progress=progress(1, 3)).progress is None
