"""Real logs: intermediate and edited scores, retries, and samples byte for byte."""

import shutil
from pathlib import Path

from inspect_ai.log import read_eval_log

from hawk.warehouse.tables.results import evals, samples, scores
from tests.importers.house import NAME, House, header, members, sample, write_archive


def test_intermediate_scores_are_kept_apart(house: House, real_logs: Path) -> None:
    shutil.copytree(real_logs / "mixed", house.evals / "set")
    house.sync()
    steps = {row["pk"] for row in house.rows(samples) if row["sample_id"] == "steps"}
    found = [row for row in house.rows(scores) if row["intermediate"]]
    assert {row["sample_pk"] for row in found} == steps
    assert len(found) == 2 * 3


def test_an_edited_score_and_an_invalidation_are_seen(house: House, real_logs: Path) -> None:
    shutil.copytree(real_logs / "mixed", house.evals / "set")
    house.sync()
    shutil.copytree(real_logs / "edited", house.evals / "set", dirs_exist_ok=True)
    assert house.sync().imported == 1
    (row,) = [one for one in house.rows(samples) if one["sample_id"] == "1" and one["epoch"] == 1]
    assert (row["scores"]["includes"], row["score"], row["invalidated_by"]) == ("P", 0.5, "bob")


def test_a_retry_makes_its_copies_current(house: House, real_logs: Path) -> None:
    shutil.copytree(real_logs / "retried", house.evals / "set")
    assert house.sync().imported == 2
    success = {row["log_id"] for row in house.rows(evals) if row["status"] == "success"}
    current = [row for row in house.rows(samples) if row["current"]]
    assert {row["log_id"] for row in current if row["sample_id"] != "done"} == success
    assert sorted(row["sample_id"] for row in current) == ["done", "fails", "waits"]
    assert {row["status"] for row in current} == {"success"}


def test_a_sample_is_read_byte_for_byte(house: House, real_logs: Path) -> None:
    import json
    import zipfile

    import zipfile_zstd  # noqa: F401

    shutil.copytree(real_logs / "mixed", house.evals / "set")
    (log,) = (house.evals / "set").glob("*.eval")
    with zipfile.ZipFile(log) as archive:
        expected = archive.read("samples/a/b c_epoch_2.json")
    assert house.transcript(f"set/{log.name}", "a/b c", 2) == expected
    shutil.copytree(real_logs / "plain", house.evals / "plain")
    (log,) = (house.evals / "plain").glob("*.json")
    assert json.loads(house.transcript(f"plain/{log.name}", 2, 1))["id"] == 2


def test_edits_that_remove_and_set_the_same_mean_what_inspect_means(house: House) -> None:
    edits = [
        {"type": "tags", "tags_add": ["a", "b"], "tags_remove": ["a", "x"]},
        {"type": "metadata", "metadata_set": {"k": 2}, "metadata_remove": ["k", "gone"]},
    ]
    provenance = {"timestamp": "2026-01-01T00:00:00+00:00", "author": "ann"}
    about = {"tags": ["x"], "metadata": {"k": 1, "gone": 1, "kept": 1}}
    head = header(eval=about, log_updates=[{"edits": edits, "provenance": provenance}])
    path = write_archive(house.evals / "set" / NAME, members(sample(1), head=head))
    house.sync()
    row, theirs = house.rows(evals)[0], read_eval_log(str(path), header_only=True)
    assert (row["tags"], row["metadata"]) == (theirs.tags, theirs.metadata)
