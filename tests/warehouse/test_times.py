from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql, sqlite

from hawk.warehouse.columns import Time

SQLITE = sqlite.dialect()
MOMENTS = st.datetimes(
    min_value=datetime(2, 1, 1),  # noqa: DTZ001
    max_value=datetime(9998, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=5))]),
)


@given(MOMENTS, MOMENTS)
def test_times_sort_in_sqlite_as_they_are_in_truth(one: datetime, other: datetime) -> None:
    stored = [Time().process_bind_param(time, SQLITE) for time in (one, other)]
    assert (stored[0] < stored[1]) == (one < other)
    assert [Time().process_result_value(text, SQLITE) for text in stored] == [one, other]


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        Time().process_bind_param(datetime(2026, 1, 1), SQLITE)  # noqa: DTZ001


def test_postgresql_keeps_times_as_its_own() -> None:
    dialect = postgresql.dialect()
    moment = datetime(2026, 1, 1, 5, tzinfo=timezone(timedelta(hours=5)))
    assert Time().process_bind_param(moment, dialect) == datetime(2026, 1, 1, tzinfo=UTC)
    assert Time().dialect_impl(dialect).compile(dialect=dialect) == "TIMESTAMP WITH TIME ZONE"
