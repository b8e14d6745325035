"""Parts of a file, whatever a header says."""

from hypothesis import given
from hypothesis import strategies as st

from hawk.errors import OutOfRange
from hawk.log_files.ranges import wanted_part


@given(st.one_of(st.none(), st.text(), st.from_regex(r"bytes=\d*-\d*\Z")), st.integers(0, 10**13))
def test_a_part_lies_inside_the_file(header: str | None, size: int) -> None:
    try:
        part = wanted_part(header, size)
    except OutOfRange:
        return
    assert part is None or (0 <= part[0] < size and 0 < part[1] <= size - part[0])


@given(st.integers(0, 1000), st.integers(0, 1000), st.integers(1, 1000))
def test_a_range_means_what_it_means_for_lists(first: int, length: int, size: int) -> None:
    whole = list(range(size))
    wanted = whole[first : first + length + 1]
    try:
        part = wanted_part(f"bytes={first}-{first + length}", size)
    except OutOfRange:
        assert wanted == []
        return
    assert part is not None
    assert whole[part[0] : part[0] + part[1]] == wanted
