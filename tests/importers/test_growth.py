"""A log that grows costs its growth, and is at any moment what it says then."""

import shutil
from pathlib import Path

import pytest

from hawk.backends.storage.store import Storage
from hawk.warehouse.tables.results import evals, logs, samples, scores
from tests.importers.house import NAME, House, header, members, sample, write_archive

LOG = f"set/{NAME}"


def test_a_running_log_is_imported_as_it_grows(house: House, real_logs: Path) -> None:
    for number, done in (("1", 0), ("2", 1), ("3", 2), ("4", 3), ("finished", 4)):
        (house.evals / "set").mkdir(exist_ok=True)
        shutil.copy(real_logs / "snapshots" / f"{number}.eval", house.evals / LOG)
        assert house.sync().imported == 1
        (row,) = house.rows(evals)
        assert (row["samples_done"], row["samples_total"]) == (done, 4)
        assert row["status"] == ("success" if number == "finished" else "started")
        assert row["tokens_output"] == 5 * done
        assert len(house.rows(samples)) == done


def test_an_unchanged_log_is_left_alone(house: House) -> None:
    write_archive(house.evals / LOG, members(sample(1)))
    assert house.sync().imported == 1
    report = house.sync()
    assert (report.imported, report.unchanged) == (0, 1)


@pytest.fixture
def bytes_read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    read: list[int] = []
    original = Storage.get_range

    async def get_range(
        self: Storage, path: str, start: int, length: int, *, etag: str | None = None
    ) -> bytes:
        found = await original(self, path, start, length, etag=etag)
        read.append(len(found))
        return found

    monkeypatch.setattr(Storage, "get_range", get_range)
    return read


def test_only_the_growth_is_read(house: House, bytes_read: list[int]) -> None:
    big = [
        sample(number, store={"noise": [f"{number}-{at}-{at * number}" for at in range(40_000)]})
        for number in range(20)
    ]
    write_archive(house.evals / LOG, members(*big, running=True))
    house.sync()
    first = sum(bytes_read)
    bytes_read.clear()
    write_archive(house.evals / LOG, members(*big, sample("new"), running=True))
    assert house.sync().imported == 1
    assert len(house.rows(samples)) == 21
    assert sum(bytes_read) * 10 < first


def test_a_changed_sample_replaces_its_rows(house: House) -> None:
    write_archive(house.evals / LOG, members(sample(1), sample(2)))
    house.sync()
    before = {row["sample_id"]: row["id"] for row in house.rows(samples)}
    changed = sample(1, scores={"other": {"value": 0.25}})
    write_archive(house.evals / LOG, members(changed, sample(2)))
    house.sync()
    assert {row["sample_id"]: row["id"] for row in house.rows(samples)} == before
    assert sorted(row["scorer"] for row in house.rows(scores)) == ["match", "other"]


def test_a_sample_that_is_gone_from_its_log_goes(house: House) -> None:
    write_archive(house.evals / LOG, members(sample(1), sample(2)))
    house.sync()
    write_archive(house.evals / LOG, members(sample(2)))
    house.sync()
    assert [row["sample_id"] for row in house.rows(samples)] == ["2"]


def test_a_deleted_log_disappears_and_its_copies_count_again(house: House) -> None:
    newer = header(eval={"eval_id": "e2"})
    write_archive(house.evals / LOG, members(sample(1)))
    retry = write_archive(
        house.evals / "set" / "2026-01-02_retry.eval",
        members(sample(1, completed_at="2026-01-02T00:00:00+00:00"), head=newer),
    )
    house.sync()
    assert sum(row["current"] for row in house.rows(samples)) == 1
    retry.unlink()
    house.sync()
    (row,) = house.rows(samples)
    assert row["current"]
    assert len(house.rows(evals)) == len(house.rows(logs)) == 1


def test_a_log_that_becomes_another_task_takes_its_samples_along(house: House) -> None:
    write_archive(house.evals / LOG, members(sample(1)))
    house.sync()
    write_archive(house.evals / LOG, members(sample(1), head=header(eval={"task_id": "t2"})))
    house.sync()
    assert [(row["task_id"], row["current"]) for row in house.rows(samples)] == [("t2", True)]


def test_only_the_folder_that_was_asked_for_is_touched(house: House) -> None:
    for folder in ("one", "one-more"):
        write_archive(house.evals / folder / NAME, members(sample(1)))
    house.sync()
    shutil.rmtree(house.evals)
    house.evals.mkdir()
    house.sync("one")
    assert [row["eval_set_id"] for row in house.rows(logs)] == ["one-more"]


def test_an_older_importers_rows_are_imported_anew(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    write_archive(house.evals / LOG, members(sample(1)))
    house.sync()
    for module in ("store", "sync"):
        monkeypatch.setattr(f"hawk.importers.{module}.IMPORTER_VERSION", 99)
    assert house.sync().imported == 1
    assert house.rows(logs)[0]["importer_version"] == 99
    monkeypatch.undo()
    assert house.sync().unchanged == 1, "an older Hawk leaves a newer one's rows alone"


def test_logs_lie_at_the_top_or_deep_down(house: House) -> None:
    write_archive(house.evals / "top.eval", members(sample(1), head=header(eval={"eval_set_id": "own"})))
    write_archive(house.evals / "bare.eval", members(sample(1)))
    write_archive(house.evals / "set" / "deep" / "down.eval", members(sample(1)))
    house.sync()
    told = {row["location"]: row["eval_set_id"] for row in house.rows(evals)}
    assert told == {"top.eval": "own", "bare.eval": "evals", "set/deep/down.eval": "set"}


def test_what_is_no_log_by_its_name_is_left_out(house: House) -> None:
    for name in ("logs.json", "eval-set.json", ".buffer/x.eval", "a.fast.eval", "2026.txt", ".hidden.eval"):
        path = house.evals / "set" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"{}")
    report = house.sync()
    assert house.rows(logs) == []
    assert (report.imported, report.failed) == (0, 0)


def test_a_log_that_becomes_a_newer_eval_counts_before_its_copies(house: House) -> None:
    old, new = (header(eval={"created": f"2026-01-0{day}T00:00:00+00:00"}) for day in (1, 3))
    other = header(eval={"created": "2026-01-02T00:00:00+00:00", "eval_id": "e2"})
    write_archive(house.evals / LOG, members(sample(1), head=old))
    write_archive(house.evals / "set" / "other.eval", members(sample(1), head=other))
    house.sync()
    write_archive(house.evals / LOG, members(sample(1), head=new))
    house.sync()
    names = {row["log_id"]: row["location"] for row in house.rows(evals)}
    assert [names[row["log_id"]] for row in house.rows(samples) if row["current"]] == [LOG]


def test_a_log_whose_task_counts_another_score_has_that_of_all_samples(house: House) -> None:
    told = {"scores": {"a": {"value": 0.25}, "b": {"value": 0.75}}}
    write_archive(house.evals / LOG, members(sample(1, **told)))
    house.sync()
    named = header(eval={"headline_metric": {"scorer": "b", "metric": "mean"}})
    write_archive(house.evals / LOG, members(sample(1, **told), head=named))
    house.sync()
    assert [row["score"] for row in house.rows(samples)] == [0.75]


def test_a_log_at_the_top_that_is_cut_off_stays_in_its_eval_set(house: House) -> None:
    path = write_archive(
        house.evals / "top.eval", members(sample(1), head=header(eval={"eval_set_id": "own"}))
    )
    house.sync()
    path.write_bytes(path.read_bytes()[:-30])
    house.sync()
    assert [row["eval_set_id"] for row in (*house.rows(logs), *house.rows(evals))] == ["own", "own"]
