"""A log's header as rows."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterable, Iterator
from itertools import chain, count
from typing import Any, cast

import msgspec

from hawk.importers.decoding import clean, clean_text, name_text, optional_text, whole
from hawk.importers.headlines import eval_headline
from hawk.importers.records import (
    HeaderRecord,
    HeadlineRecord,
    LogEditRecord,
    MetricRecord,
    PlanRecord,
    ResultScoreRecord,
    ResultsRecord,
    SandboxRecord,
    SpecRecord,
    StatsRecord,
)
from hawk.importers.values import Row, parse_time, score_number, token_values, usage_rows

_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


class EvalRows(msgspec.Struct, frozen=True):
    """What is stored of a header, without what only the samples tell. ``eval_set_id`` is Inspect's own.

    ``headline`` is what the task names; ``models`` are those that the header names.
    """

    eval: Row
    eval_set_id: str | None
    usage: list[Row] | None
    headline: HeadlineRecord | None
    models: frozenset[str]


def eval_rows(header: HeaderRecord) -> EvalRows:
    """The rows of a header. ``usage`` is None where the log doesn't sum it up yet."""
    spec, results, stats = header.eval, header.results, header.stats
    scores = _named(results)
    config = _config(spec)
    scorer, headline = eval_headline(scores, (results.headline if results else None) or spec.headline_metric)
    row = {
        "id": name_text(spec.eval_id) or _made_id(spec),
        "run_id": clean_text(spec.run_id) or None,
        "task": clean_text(spec.task),
        "task_id": name_text(spec.task_id),
        "task_version": None if spec.task_version is None else clean_text(str(spec.task_version)),
        "task_args": clean(spec.task_args),
        "model": name_text(spec.model),
        "model_args": clean(spec.model_args),
        "model_roles": clean(spec.model_roles),
        "generate_config": clean(spec.model_generate_config),
        "solver": _solver(spec, header.plan),
        "plan": clean(msgspec.to_builtins(header.plan)) if header.plan else None,
        "config": config,
        "dataset": optional_text(spec.dataset.name) if spec.dataset else None,
        "sandbox": _sandbox(spec),
        "revision": clean(spec.revision),
        "packages": clean(spec.packages),
        "status": clean_text(header.status),
        "error": clean_text(header.error.message) if header.error else None,
        "traceback": optional_text(header.error.traceback) if header.error else None,
        "epochs": _epochs(config),
        "samples_total": _samples_total(header),
        "samples_done": whole(results.completed_samples) if results else None,
        "scores": {name: _values(score.metrics) for name, score in scores.items()},
        "score": headline,
        "headline_scorer": scorer,
        "metadata": _metadata(header),
        "tags": _tags(header),
        "created_by": _created_by(spec),
        "created_at": parse_time(spec.created),
        "started_at": parse_time(stats.started_at if stats else None) or parse_time(spec.created),
        "completed_at": parse_time(stats.completed_at) if stats else None,
        "invalidated": header.invalidated,
        "role_usage": _role_usage(stats),
    }
    return EvalRows(
        row,
        _own_set(spec),
        usage_rows(stats.model_usage) if stats and stats.model_usage else None,
        spec.headline_metric,
        _models(header),
    )


def _config(spec: SpecRecord) -> dict[str, Any]:
    """How it was run. ``max_messages`` is what the first versions called ``message_limit``."""
    config: dict[str, Any] = clean(spec.config or {})
    if "max_messages" in config:
        config = {"message_limit": config["max_messages"]} | config
        del config["max_messages"]
    return config


def _epochs(config: dict[str, Any]) -> int | None:
    found = config.get("epochs")
    return whole(found) if isinstance(found, int | float) else None


def _sandbox(spec: SpecRecord) -> str | None:
    """The kind of sandbox; the first versions had it in a list or as a word."""
    found = spec.sandbox
    if isinstance(found, SandboxRecord):
        return clean_text(found.type)
    first = found[0] if isinstance(found, list) and found else found
    return clean_text(first) if isinstance(first, str) else None


def _tags(header: HeaderRecord) -> list[str]:
    """The tags with all changes by hand, in order; as Inspect finds them anew each time it reads."""
    tags = set(header.eval.tags or ())
    for edit in _edits(header, "tags"):
        tags = (tags - set(edit.tags_remove)) | set(edit.tags_add)
    return sorted(map(clean_text, tags))


def _metadata(header: HeaderRecord) -> dict[str, Any]:
    found = dict(header.eval.metadata or {})
    for edit in _edits(header, "metadata"):
        kept = {key: value for key, value in found.items() if key not in edit.metadata_remove}
        found = kept | edit.metadata_set
    return clean(found)


def _edits(header: HeaderRecord, kind: str) -> Iterator[LogEditRecord]:
    for update in header.log_updates or ():
        yield from (edit for edit in update.edits if edit.type == kind)


def _own_set(spec: SpecRecord) -> str | None:
    """Inspect's own id of the eval set, or the one that older Hawks left in the metadata."""
    noted = (spec.metadata or {}).get("eval_set_id")
    own = spec.eval_set_id or (noted if isinstance(noted, str) else None)
    return None if own is None else name_text(own)


def _role_usage(stats: StatsRecord | None) -> Any:
    """``{role: {tokens_input: …}}``."""
    if stats is None or not stats.role_usage:
        return None
    return {clean_text(role): token_values((used,)) for role, used in stats.role_usage.items()}


def _models(header: HeaderRecord) -> frozenset[str]:
    """The eval's model, those of its roles (a role may have several), and those it used."""
    found = {header.eval.model, *((header.stats.model_usage if header.stats else None) or ())}
    for role in (header.eval.model_roles or {}).values():
        several = cast("list[Any]", role) if isinstance(role, list) else [role]
        found |= {model for one in several if (model := model_of_role(one)) is not None}
    return frozenset(map(name_text, found))


def model_of_role(role: Any) -> str | None:
    """The model's name in a role, which is a config or the name itself."""
    if isinstance(role, dict):
        role = cast("dict[str, Any]", role).get("model")
    return role if isinstance(role, str) else None


def _named(results: ResultsRecord | None) -> dict[str, ResultScoreRecord]:
    """Scores in the log's order, under names that tell all apart."""
    found: dict[str, ResultScoreRecord] = {}
    for score in _scores(results):
        found[_free_name(score, found)] = score
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
    dataset = header.eval.dataset
    if dataset is None:
        return None
    chosen = len(dataset.sample_ids) if dataset.sample_ids is not None else whole(dataset.samples)
    epochs = _epochs(_config(header.eval))
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
    created = parse_time(spec.created)
    text = f"{spec.run_id}{spec.task_id}{created.isoformat() if created else spec.created or ''}"
    number = int.from_bytes(hashlib.blake2s(text.encode(errors="replace"), digest_size=16).digest())
    letters = ""
    while number:
        number, rest = divmod(number, 57)
        letters = _ALPHABET[rest] + letters
    return letters[-22:].rjust(22, _ALPHABET[0])
