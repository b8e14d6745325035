"""What is stored of real logs is what Inspect itself reads of them."""

import math
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hawk.warehouse.tables.results import eval_usage, evals, sample_usage, samples, scores
from tests.importers.house import House

FOLDERS = ["mixed", "plain", "growing", "retried", "edited"]
TOKENS = {
    "tokens_input": "input_tokens",
    "tokens_output": "output_tokens",
    "tokens_total": "total_tokens",
    "tokens_cache_read": "input_tokens_cache_read",
    "tokens_cache_write": "input_tokens_cache_write",
    "tokens_reasoning": "reasoning_tokens",
}
NUMBERS = {"C": 1.0, "I": 0.0, "P": 0.5, "N": 0.0}


def time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def usage_row(used: Any) -> dict[str, Any]:
    return {column: getattr(used, field) or 0 for column, field in TOKENS.items()} | {"cost": used.total_cost}


def plain(value: Any) -> Any:
    """A value as it can be stored: numbers that are none are None."""
    if isinstance(value, float) and math.isnan(value):
        return None
    return {key: plain(item) for key, item in value.items()} if isinstance(value, dict) else value


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_stored_field_is_what_inspect_reads(folder: str, house: House, real_logs: Path) -> None:
    shutil.copytree(real_logs / folder, house.evals / "set")
    report = house.sync()
    from inspect_ai.log import read_eval_log

    stored = {row["location"]: row for row in house.rows(evals)}
    assert report.imported == len(stored) > 0
    for location, row in stored.items():
        log = read_eval_log(str(house.evals / location))
        check_eval(row, log)
        check_eval_usage(house, row, log)
        check_samples(house, row, log)


def check_eval(row: dict[str, Any], log: Any) -> None:
    results = log.results
    assert row["id"] == log.eval.eval_id
    assert row["run_id"] == log.eval.run_id
    assert row["eval_set_id"] == "set"
    assert (row["task"], row["task_id"], row["model"]) == (log.eval.task, log.eval.task_id, log.eval.model)
    assert row["solver"] == ", ".join(step.solver for step in log.plan.steps)
    assert row["status"] == log.status
    assert row["error"] == (log.error.message if log.error else None)
    assert row["created_at"] == time(log.eval.created)
    assert row["started_at"] == time(log.stats.started_at)
    assert row["completed_at"] == time(log.stats.completed_at)
    assert row["metadata"] == (log.metadata or None) or row["metadata"] == log.metadata
    assert row["tags"] == log.tags
    assert row["task_args"] == log.eval.task_args
    assert row["samples_total"] == len(log.samples)
    assert row["samples_done"] == sum(1 for one in log.samples if one.error is None)
    assert row["samples_errors"] == sum(1 for one in log.samples if one.error is not None)
    told = (
        {one.name: {name: plain(m.value) for name, m in one.metrics.items()} for one in results.scores}
        if results
        else {}
    )
    assert row["scores"] == told
    assert row["score"] == (next(iter(next(iter(told.values())).values())) if told else None)


def check_eval_usage(house: House, row: dict[str, Any], log: Any) -> None:
    stored = {one["model"]: one for one in house.rows(eval_usage) if one["log_id"] == row["log_id"]}
    assert stored.keys() == log.stats.model_usage.keys()
    for model, used in log.stats.model_usage.items():
        expected = usage_row(used)
        assert {name: stored[model][name] for name in expected} == expected
    assert row["tokens_total"] == sum(used.total_tokens for used in log.stats.model_usage.values())


def check_samples(house: House, row: dict[str, Any], log: Any) -> None:
    rows = [one for one in house.rows(samples) if one["log_id"] == row["log_id"]]
    stored = {(one["sample_id"], one["epoch"]): one for one in rows}
    assert stored.keys() == {(str(one.id), one.epoch) for one in log.samples}
    said, used = house.rows(scores), house.rows(sample_usage)
    for sample in log.samples:
        found = stored[str(sample.id), sample.epoch]
        check_sample(found, sample)
        check_scores([one for one in said if one["sample_pk"] == found["pk"]], found, sample)
        mine = {one["model"]: one for one in used if one["sample_pk"] == found["pk"]}
        assert mine.keys() == sample.model_usage.keys()
        for model, usage in sample.model_usage.items():
            assert {name: mine[model][name] for name in usage_row(usage)} == usage_row(usage)


def check_sample(row: dict[str, Any], sample: Any) -> None:
    assert row["sample_id_is_integer"] == isinstance(sample.id, int)
    assert row["uuid"] == sample.uuid
    assert row["error"] == (sample.error.message if sample.error else None)
    assert row["limit"] == (sample.limit.type if sample.limit else None)
    assert row["status"] == ("error" if sample.error else "limit" if sample.limit else "success")
    assert row["messages"] == len(sample.messages)
    assert row["retries"] == len(sample.error_retries or [])
    assert (row["total_time"], row["working_time"]) == (sample.total_time, sample.working_time)
    assert (row["started_at"], row["completed_at"]) == (time(sample.started_at), time(sample.completed_at))
    assert row["tokens_total"] == sum(used.total_tokens for used in sample.model_usage.values())
    invalidation = sample.invalidation
    assert row["invalidated_by"] == (invalidation.author if invalidation else None)
    assert row["invalidated_at"] == (invalidation.timestamp if invalidation else None)


def check_scores(rows: list[dict[str, Any]], found: dict[str, Any], sample: Any) -> None:
    final = [one for one in rows if not one["intermediate"]]
    assert [one["scorer"] for one in final] == list(sample.scores or {})
    for row, score in zip(final, (sample.scores or {}).values(), strict=True):
        value = plain(score.value)
        assert row["value"] == value == found["scores"][row["scorer"]]
        number = NUMBERS.get(value) if isinstance(value, str) else value if isinstance(value, float) else None
        assert row["number"] == number
        assert row["answer"] == score.answer
        assert row["explanation"] == (score.explanation or "").replace("\0", "")
        last = score.history[-1].provenance if score.history else None
        assert row["scored_at"] == (last.timestamp if last else time(sample.completed_at))
    told = [one for one in sample.events if one.event == "score" and one.intermediate]
    assert [one["scorer"] for one in rows if one["intermediate"]] == [one.scorer for one in told]


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
