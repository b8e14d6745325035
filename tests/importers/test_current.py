"""Which copy of a sample counts follows from the logs alone, in whatever order they come."""

import itertools
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hawk.importers.current import is_cancelled
from hawk.warehouse.tables.results import evals, samples
from tests.importers.house import House, header, members, sample, write_archive

TIMES = st.sampled_from([None, "2026-01-01T00:00:00+00:00", "2026-01-02T00:00:00+00:00"])
ERRORS = st.sampled_from([None, "ValueError('x')", "CancelledError('Cancelled via cancel scope 1')"])


@st.composite
def one_log(draw: st.DrawFn) -> dict[str, Any]:
    keys = draw(
        st.lists(st.tuples(st.sampled_from([1, "1", "a"]), st.integers(1, 2)), max_size=3, unique_by=str)
    )
    told = []
    for sample_id, epoch in {(str(key[0]), key[1]): key for key in keys}.values():
        error = draw(ERRORS)
        told.append(
            sample(sample_id, epoch, completed_at=draw(TIMES), error={"message": error} if error else None)
        )
    spec = {
        "eval_id": draw(st.sampled_from(["e1", "e2"])),
        "task_id": draw(st.sampled_from(["t1", "t2"])),
        "created": draw(TIMES),
    }
    return members(*told, head=header(eval=spec))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(one_log(), min_size=2, max_size=4), st.randoms(use_true_random=False))
def test_any_order_of_imports_gives_the_same_rows(contents: list[dict[str, Any]], random: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        first, second = House(Path(folder) / "1"), House(Path(folder) / "2")
        for number, content in enumerate(contents):
            write_archive(first.evals / f"set{number % 2}" / f"{number}.eval", content)
        first.sync()
        order = list(enumerate(contents))
        random.shuffle(order)
        for number, content in order:
            write_archive(second.evals / f"set{number % 2}" / f"{number}.eval", content)
            second.sync()
        assert first.everything() == second.everything()
        check_one_current(first)


def check_one_current(house: House) -> None:
    def key(row: dict[str, Any]) -> tuple[Any, ...]:
        return row["eval_set_id"], row["task_id"], row["sample_id"], row["epoch"]

    eval_of = {row["log_id"]: row for row in house.rows(evals)}
    for _, group in itertools.groupby(sorted(house.rows(samples), key=key), key):
        copies = list(group)
        (current,) = [row for row in copies if row["current"]]
        for other in copies:
            assert rank(current, eval_of) >= rank(other, eval_of)


def rank(row: dict[str, Any], eval_of: dict[int, dict[str, Any]]) -> tuple[Any, ...]:
    log = eval_of[row["log_id"]]
    finished = row["completed_at"] is not None and not is_cancelled(row["error"])
    return finished, str(row["completed_at"] or ""), str(log["created_at"] or ""), log["id"], log["location"]


def test_a_finished_sample_never_loses_to_a_cancelled_copy(house: House) -> None:
    later = sample(1, completed_at="2026-03-01T00:00:00+00:00", error={"message": "CancelledError('x')"})
    write_archive(house.evals / "set" / "1.eval", members(sample(1)))
    write_archive(house.evals / "set" / "2.eval", members(later))
    house.sync()
    assert {row["status"]: row["current"] for row in house.rows(samples)} == {"success": True, "error": False}


def test_a_log_never_changes_a_row_of_another_eval_set(house: House) -> None:
    write_archive(house.evals / "one" / "1.eval", members(sample(1)))
    house.sync()
    before = house.rows(samples)
    write_archive(house.evals / "two" / "1.eval", members(sample(1, completed_at="2027-01-01T00:00:00Z")))
    house.sync()
    assert [row for row in house.rows(samples) if row["eval_set_id"] == "one"] == before
