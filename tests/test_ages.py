"""Points in time as users write them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hawk.ages import point_in_time
from hawk.clock import utc_now
from hawk.errors import UsageFault


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("90s", timedelta(seconds=90)),
        ("5m", timedelta(minutes=5)),
        ("12h", timedelta(hours=12)),
        ("2d", timedelta(days=2)),
        ("1w", timedelta(weeks=1)),
    ],
)
def test_an_age_counts_back_from_now(text: str, age: timedelta) -> None:
    assert abs(point_in_time(text) - (utc_now() - age)) < timedelta(seconds=10)


def test_a_time_without_a_zone_is_utc() -> None:
    assert point_in_time("2026-11-24") == datetime(2026, 11, 24, tzinfo=UTC)
    assert point_in_time("2026-11-24T12:00:00+02:00") == datetime(2026, 11, 24, 10, tzinfo=UTC)


@given(st.text(max_size=20))
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    try:
        assert point_in_time(text).tzinfo is not None
    except UsageFault as error:
        assert "2d" in (error.fix or "")
