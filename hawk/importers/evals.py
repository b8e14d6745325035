"""A log's header as rows."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterable
from itertools import chain, count

import msgspec

from hawk.importers.decoding import clean, clean_text, optional_text, whole
from hawk.importers.records import (
    HeaderRecord,
    MetricRecord,
    PlanRecord,
    ResultScoreRecord,
    ResultsRecord,
    SpecRecord,
)
from hawk.importers.values import Row, parse_time, score_number, usage_rows

_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


class EvalRows(msgspec.Struct, frozen=True):
    """What is stored of a header, without what only the samples tell. ``eval_set_id`` is Inspect's own."""

    eval: Row
    eval_set_id: str | None
    usage: list[Row] | None


def eval_rows(header: HeaderRecord) -> EvalRows:
    """The rows of a header. ``usage`` is None where the log doesn't sum it up yet."""
    spec, results, stats = header.eval, header.results, header.stats
    scores = _metrics(results)
    first = next(iter(scores), None)
    headline = next(iter(scores[first].values()), None) if first else None
    row = {
        "id": clean_text(spec.eval_id) or _made_id(spec),
        "run_id": clean_text(spec.run_id) or None,
        "task": clean_text(spec.task),
        "task_id": clean_text(spec.task_id),
        "task_version": None if spec.task_version is None else clean_text(str(spec.task_version)),
        "task_args": clean(spec.task_args),
        "model": clean_text(spec.model),
        "model_args": clean(spec.model_args),
        "model_roles": clean(spec.model_roles),
        "solver": _solver(spec, header.plan),
        "status": clean_text(header.status),
        "error": clean_text(header.error.message) if header.error else None,
        "epochs": whole(spec.config.epochs) if spec.config else None,
        "samples_total": _samples_total(header),
        "samples_done": whole(results.completed_samples) if results else None,
        "scores": scores,
        "score": headline,
        "headline_scorer": first,
        "metadata": clean(header.metadata if header.metadata is not None else spec.metadata),
        "tags": clean(header.tags if header.tags is not None else spec.tags),
        "created_by": _created_by(spec),
        "created_at": parse_time(spec.created),
        "started_at": parse_time(stats.started_at if stats else None) or parse_time(spec.created),
        "completed_at": parse_time(stats.completed_at) if stats else None,
        "invalidated": header.invalidated,
    }
    own_set = optional_text(spec.eval_set_id)
    return EvalRows(row, own_set, usage_rows(stats.model_usage) if stats and stats.model_usage else None)


def _metrics(results: ResultsRecord | None) -> dict[str, dict[str, float | None]]:
    """``{scorer: {metric: value}}`` in the log's order, under names that tell all apart."""
    found: dict[str, dict[str, float | None]] = {}
    for score in _scores(results):
        found[_free_name(score, found)] = _values(score.metrics)
    return found


def _free_name(score: ResultScoreRecord, taken: Container[str]) -> str:
    """A score's name; a second one of that name with its scorer, its reducer, or its number."""
    name = clean_text(score.name)
    candidates = [name, f"{clean_text(score.scorer)}/{name}", f"{name}/{clean_text(score.reducer or '')}"]
    numbered = (f"{name}/{number}" for number in count(2))
    usable = (one for one in candidates if not one.startswith("/") and not one.endswith("/"))
    return next(one for one in chain(usable, numbered) if one not in taken)


def _scores(results: ResultsRecord | None) -> list[ResultScoreRecord]:
    if results is None:
        return []
    if results.scorer is None:
        return results.scores
    return [msgspec.structs.replace(results.scorer, metrics=results.metrics or results.scorer.metrics)]


def _values(metrics: dict[str, MetricRecord]) -> dict[str, float | None]:
    return {clean_text(name): score_number(metric.value) for name, metric in metrics.items()}


def _samples_total(header: HeaderRecord) -> int | None:
    """Every epoch of every chosen sample; None where the log doesn't say."""
    if header.results is not None and header.results.total_samples:
        return whole(header.results.total_samples)
    dataset, config = header.eval.dataset, header.eval.config
    if dataset is None:
        return None
    chosen = len(dataset.sample_ids) if dataset.sample_ids is not None else whole(dataset.samples)
    epochs = whole(config.epochs) if config else None
    return None if chosen is None else whole(chosen * (epochs or 1))


def _solver(spec: SpecRecord, plan: PlanRecord | None) -> str | None:
    """The solver or agent by name; where it has none of its own, the names of the plan's steps."""
    if spec.solver:
        return clean_text(spec.solver)
    if plan is None:
        return None
    if plan.name not in {"", "plan"}:
        return clean_text(plan.name)
    return _joined(step.solver for step in plan.steps)


def _joined(names: Iterable[str]) -> str | None:
    return clean_text(", ".join(names)) or None


def _created_by(spec: SpecRecord) -> str | None:
    found = (spec.metadata or {}).get("created_by")
    return optional_text(found) if isinstance(found, str) else None


def _made_id(spec: SpecRecord) -> str:
    """The id that Inspect makes for logs of before evals had one, the same each time it reads them."""
    text = f"{spec.run_id}{spec.task_id}{spec.created or ''}"
    number = int.from_bytes(hashlib.blake2s(text.encode(errors="replace"), digest_size=16).digest())
    letters = ""
    while number:
        number, rest = divmod(number, 57)
        letters = _ALPHABET[rest] + letters
    return letters[-22:].rjust(22, _ALPHABET[0])
