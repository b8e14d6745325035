"""A log or a sample that can't be read costs itself, says so, and is tried again."""

import json
import struct
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from hawk.clock import utc_now
from hawk.warehouse.engine import Database
from hawk.warehouse.tables.results import evals, logs, samples, scores
from tests.importers.house import NAME, House, header, members, sample, write_archive

LOG = f"set/{NAME}"
JSON_LOG = "set/2026-01-01T00-00-00+00-00_task_abc.json"


def damage(path: Path, needle: bytes) -> None:
    """Turn over a bit behind the local header of a member, so that its checksum fails."""
    content = bytearray(path.read_bytes())
    at = content.index(needle) + len(needle)
    content[at] ^= 0x40
    path.write_bytes(content)


BAD = {
    "empty": b"",
    "one byte": b"P",
    "not a zip": b"hello, I am a log" * 1000,
    "an end record only": b"PK\x05\x06" + b"\0" * 18,
    "an end that lies": b"PK\x05\x06" + struct.pack("<4H2LH", 0, 0, 9, 9, 5000, 9000, 0),
    "a wide end that lies": b"PK\x06\x07"
    + struct.pack("<LQL", 0, 10**15, 1)
    + b"PK\x05\x06"
    + b"\xff" * 16
    + b"\0\0",
}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD.keys())
def test_a_file_that_is_no_log_stops_nobody(content: bytes, house: House) -> None:
    write_archive(house.evals / LOG, members(sample(1)))
    (house.evals / "set" / "bad.eval").write_bytes(content)
    report = house.sync()
    assert (report.imported, report.failed) == (1, 1)
    (row,) = [row for row in house.rows(logs) if row["state"] == "failed"]
    assert row["error"].startswith("The log set/bad.eval can't be read: ")
    assert len(house.rows(samples)) == 1


def test_every_truncation_is_recorded(house: House) -> None:
    whole = write_archive(house.evals / LOG, members(sample(1), sample(2))).read_bytes()
    (house.evals / LOG).unlink()
    lengths = range(1, len(whole), 37)
    for length in lengths:
        (house.evals / "set" / f"{length}.eval").write_bytes(whole[:length])
    assert house.sync().failed == len(lengths)


def test_a_log_cut_off_after_it_was_imported_keeps_its_rows_and_says_so(house: House) -> None:
    path = write_archive(house.evals / LOG, members(sample(1)))
    house.sync()
    whole = path.read_bytes()
    path.write_bytes(whole[:-30])
    assert house.sync().failed == 1
    assert len(house.rows(samples)) == 1
    assert "end record" in house.rows(evals)[0]["import_error"]
    path.write_bytes(whole + b"")
    assert house.sync().imported == 1
    assert house.rows(evals)[0]["import_error"] is None


def test_a_bad_log_is_tried_again_later_and_when_its_bytes_change(house: House) -> None:
    path = house.evals / LOG
    path.parent.mkdir()
    path.write_bytes(b"nothing")
    assert house.sync().failed == 1
    (first,) = house.rows(logs)
    assert first["retry_at"] > utc_now()
    assert house.sync().failed == 1
    assert house.rows(logs)[0]["tries"] == 1, "it was left alone"

    async def its_time_comes(db: Database) -> None:
        async with db.write() as conn:
            await conn.execute(update(logs).values(retry_at=utc_now() - timedelta(seconds=1)))

    house.run(its_time_comes)
    house.sync()
    (second,) = house.rows(logs)
    assert second["tries"] == 2
    assert second["retry_at"] - utc_now() > timedelta(seconds=90)
    write_archive(path, members(sample(1)))
    assert house.sync().imported == 1
    assert house.rows(logs)[0]["tries"] == 0


def test_one_bad_sample_costs_that_sample(house: House) -> None:
    bad = {
        "samples/text_epoch_1.json": b"no json",
        "samples/cut_epoch_1.json": b'{"id": "cut", "epoch": 1',
        "samples/shape_epoch_1.json": {"id": "shape", "epoch": "first"},
        "samples/other_epoch_1.json": sample("somebody"),
        "samples/latin_epoch_1.json": b'{"id": "\xff"}',
        "samples/deep_epoch_1.json": b'{"id": "deep", "metadata": ' + b"[" * 100_000,
        "samples/far_epoch_1.json": {"id": "far", "epoch": 10**30},
    }
    path = write_archive(
        house.evals / LOG, members(sample(1), sample("crc"), sample(2)) | bad, zipfile.ZIP_STORED
    )
    damage(path, b"crc_epoch_1.json{")
    report = house.sync()
    assert (report.imported, report.failed) == (0, 1)
    assert sorted(row["sample_id"] for row in house.rows(samples)) == ["1", "2"]
    (row,) = house.rows(evals)
    assert row["import_error"].startswith("8 of its samples can't be read: samples/")
    assert "and 3 more" in row["import_error"]
    assert house.rows(logs)[0]["state"] == "partial"
    write_archive(path, members(sample(1), sample("crc"), sample(2)))
    assert house.sync().imported == 1
    assert len(house.rows(samples)) == 3
    assert house.rows(evals)[0]["import_error"] is None


def test_an_archive_made_to_fill_the_memory_is_refused(house: House) -> None:
    import zipfile_zstd  # noqa: F401  (teaches zipfile Inspect's compression)

    bomb = b" " * 100_000_000
    write_archive(house.evals / LOG, members(sample(1)) | {"samples/b_epoch_1.json": bomb}, 93)
    assert house.sync().failed == 1
    assert "unpacks to 100,000" in house.rows(logs)[0]["error"]


def test_a_member_that_unpacks_to_more_than_it_says_is_refused(house: House) -> None:
    path = write_archive(house.evals / LOG, members(sample(1), sample(2)))
    content = path.read_bytes()
    at = content.index(b"samples/1_epoch_1.json", content.index(b"PK\x01\x02")) - 46
    lied = content[: at + 24] + struct.pack("<L", 10) + content[at + 28 :]
    path.write_bytes(lied)
    house.sync()
    assert [row["sample_id"] for row in house.rows(samples)] == ["2"]


def test_of_two_members_of_one_name_the_last_counts(house: House) -> None:
    path = house.evals / LOG
    path.parent.mkdir()
    first, second = (json.dumps(sample(1, scores={"m": {"value": value}})) for value in ("I", "C"))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("header.json", json.dumps(header()))
        archive.writestr("samples/1_epoch_1.json", first)
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("samples/1_epoch_1.json", second)
    house.sync()
    assert [row["number"] for row in house.rows(scores)] == [1.0]


def test_members_of_any_kind_of_compression(house: House) -> None:
    import zipfile_zstd  # noqa: F401

    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, 93):
        write_archive(house.evals / f"m{method}" / NAME, members(sample(1)), method)
    write_archive(house.evals / "lzma" / NAME, members(sample(1)), zipfile.ZIP_LZMA)
    report = house.sync()
    assert (report.imported, report.failed) == (3, 1)
    assert "method 14" in next(row["error"] for row in house.rows(logs) if row["error"])


def test_a_wide_archive(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 10)
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1)
    path = write_archive(house.evals / LOG, members(sample(1), sample(2)))
    assert b"PK\x06\x06" in path.read_bytes()
    assert house.sync().imported == 1
    assert len(house.rows(samples)) == 2


ODD_TEXT = '{"id": 7, "epoch": 1, "scores": {"m": {"value": NaN, "explanation": "\\ud800 and \\u0000"}}, "total_time": Infinity, "model_usage": {"m": {"input_tokens": 99999999999999999999999, "output_tokens": 1e400}}, "error": {"message": "a\\u0000b"}}'


def test_what_json_has_no_words_for(house: House) -> None:
    write_archive(house.evals / LOG, members() | {"samples/7_epoch_1.json": ODD_TEXT.encode()})
    assert house.sync().imported == 1
    (row,) = house.rows(samples)
    assert (row["error"], row["total_time"], row["score"], row["scores"]) == ("ab", None, None, {"m": None})
    assert (row["tokens_input"], row["tokens_output"]) == (2**43, 0)
    assert house.rows(scores)[0]["explanation"] == "? and "


OLD_HEADER = {
    "version": 1,
    "status": "success",
    "eval": {
        "task": "old",
        "task_version": 0,
        "task_id": "t",
        "run_id": "r",
        "created": "2024-05-29T12:38:43",
        "model": "openai/gpt-4",
        "dataset": {},
        "config": {},
    },
    "plan": {"name": "plan", "steps": [{"solver": "a"}, {"solver": "b"}]},
    "results": {
        "scorer": {"name": "match", "params": {}},
        "metrics": {"accuracy": {"name": "accuracy", "value": 0.5}},
    },
    "stats": {"started_at": "2024-05-29T12:38:43", "completed_at": "", "model_usage": {}},
}
OLD_SAMPLE = {
    "id": 1,
    "epoch": 1,
    "input": "q",
    "target": "a",
    "messages": [],
    "score": {"value": "P", "answer": "x"},
    "transcript": {
        "events": [
            {"event": "sample_init", "timestamp": "2024-05-29T12:38:44"},
            {"event": "model", "timestamp": "2024-05-29T12:38:50"},
            {"event": "score", "timestamp": "2024-05-29T13:00:00", "score": {"value": "P"}},
        ],
        "content": {},
    },
}


def test_logs_of_the_first_versions(house: House) -> None:
    path = house.evals / JSON_LOG
    path.parent.mkdir()
    path.write_text(json.dumps({**OLD_HEADER, "samples": [OLD_SAMPLE]}))
    assert house.sync().imported == 1
    (row,) = house.rows(evals)
    assert row["scores"] == {"match": {"accuracy": 0.5}}
    assert (row["score"], row["solver"], row["completed_at"]) == (0.5, "a, b", None)
    assert len(row["id"]) == 22
    (stored,) = house.rows(samples)
    assert (stored["score"], str(stored["started_at"].time()), str(stored["completed_at"].time())) == (
        0.5,
        "12:38:44",
        "12:38:50",
    )


def test_an_id_made_for_an_old_log_is_the_one_that_inspect_makes(house: House) -> None:
    from inspect_ai.log import read_eval_log

    path = house.evals / JSON_LOG
    path.parent.mkdir()
    path.write_text(
        json.dumps({**OLD_HEADER, "eval": {**OLD_HEADER["eval"], "created": "2024-05-29T12:38:43+00:00"}})
    )
    house.sync()
    assert house.rows(evals)[0]["id"] == read_eval_log(str(path)).eval.eval_id


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"eval": 3}', '{"eval": {"task": "x"}}', "{" * 1000])
def test_json_that_is_no_log(text: str, house: House) -> None:
    path = house.evals / JSON_LOG
    path.parent.mkdir()
    path.write_text(text)
    assert house.sync().failed == 1


def test_a_json_log_with_a_bad_sample_and_one_sample_twice(house: House) -> None:
    path = house.evals / JSON_LOG
    path.parent.mkdir()
    told: list[Any] = [sample(1), {"id": 3, "epoch": "x"}, sample("1", scores={"m": {"value": 0.5}})]
    path.write_text(json.dumps({**header(), "samples": told}))
    assert house.sync().failed == 1
    (row,) = house.rows(samples)
    assert (row["score"], row["sample_id_is_integer"]) == (0.5, False)
    assert house.rows(evals)[0]["import_error"].startswith("1 of its samples can't be read: sample 2: ")


def test_several_scores_of_one_name_are_told_apart(house: House) -> None:
    told = [
        {"name": "a", "scorer": "x", "metrics": {"mean": {"value": 1}}},
        {"name": "a", "scorer": "y", "metrics": {"mean": {"value": 2}}},
        {"name": "a", "scorer": "y", "reducer": "max", "metrics": {"mean": {"value": "x"}}},
        {"name": "a", "scorer": "y", "reducer": "max", "metrics": {}},
    ]
    write_archive(house.evals / LOG, members(head=header(results={"scores": told})))
    house.sync()
    (row,) = house.rows(evals)
    assert row["scores"] == {"a": {"mean": 1.0}, "y/a": {"mean": 2.0}, "a/max": {"mean": None}, "a/2": {}}
    assert row["score"] == 1.0


def test_a_log_that_may_not_be_read_stops_nobody(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from hawk.backends.storage.store import Storage
    from hawk.errors import Unavailable

    write_archive(house.evals / "set" / "closed.eval", members(sample(1)))
    write_archive(house.evals / LOG, members(sample(1)))
    original = Storage.get_range

    async def refused(self: Storage, path: str, *place: Any, **options: Any) -> bytes:
        if "closed" in path:
            raise Unavailable(f"{path} may not be read.")
        return await original(self, path, *place, **options)

    monkeypatch.setattr(Storage, "get_range", refused)
    report = house.sync()
    assert (report.imported, report.failed) == (1, 1)
    assert (
        next(row["error"] for row in house.rows(logs) if row["error"]) == "set/closed.eval may not be read."
    )


def test_ids_that_come_to_the_same_text_are_no_samples(house: House) -> None:
    path = house.evals / JSON_LOG
    path.parent.mkdir()
    told = [sample("a"), sample("a\0")]
    path.write_text(json.dumps({**header(), "samples": told}))
    assert house.sync().failed == 1
    assert sorted(row["sample_id"] for row in house.rows(samples)) == ["a"]


def test_a_header_nested_too_deeply_is_told(house: House) -> None:
    # Deeper than any version of Python bears.
    text = json.dumps(header(eval={"metadata": {"deep": "DEEP"}}))
    deep = text.replace('"DEEP"', "[" * 100_000 + "]" * 100_000).encode()
    write_archive(house.evals / LOG, members() | {"header.json": deep})
    house.sync()
    assert "nested too deeply" in (house.rows(logs)[0]["error"] or "")
