"""The table of states, walked."""

from hypothesis import given
from hypothesis import strategies as st

from hawk.jobs.states import ACTIVE, OBSERVED, TERMINAL, allowed, exit_code_of
from hawk.jobs.types import JobStatus

statuses = st.sampled_from(list(JobStatus))


def test_every_state_is_either_active_or_terminal() -> None:
    assert set(JobStatus) == ACTIVE | TERMINAL
    assert not ACTIVE & TERMINAL


def test_every_active_state_can_reach_every_end() -> None:
    assert all(OBSERVED[state] >= TERMINAL for state in ACTIVE)


@given(st.lists(statuses, max_size=30))
def test_no_evidence_leads_out_of_a_terminal_state(seen: list[JobStatus]) -> None:
    state, ended = JobStatus.QUEUED, False
    for after in seen:
        if allowed(state, after):
            assert not ended
            state = after
        ended = state in TERMINAL


@given(statuses, statuses)
def test_a_relaunch_starts_from_an_end_and_only_queues(before: JobStatus, after: JobStatus) -> None:
    expected = before in TERMINAL and after == JobStatus.QUEUED
    assert allowed(before, after, relaunch=True) == expected


def test_exit_codes_tell_success_failure_and_a_config_that_can_never_work_apart() -> None:
    assert exit_code_of(JobStatus.SUCCEEDED, 0) == 0
    assert exit_code_of(JobStatus.FAILED, 1) == 1
    assert exit_code_of(JobStatus.FAILED, 78) == 2
    assert exit_code_of(JobStatus.STOPPED, None) == 1
    assert exit_code_of(JobStatus.LOST, None) == 1
