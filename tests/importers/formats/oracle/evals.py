"""The row of an eval."""

from __future__ import annotations

from typing import Any

from tests.importers.formats.oracle.values import document, number, plain, summed, time, tokens


def eval_row(log: Any, location: str) -> dict[str, Any]:
    spec, results, stats = log.eval, log.results, log.stats
    failed = sum(1 for sample in log.samples if sample.error is not None)
    done = told(results, "completed_samples") if results else None
    scores = metrics(log)
    return {
        "id": spec.eval_id,
        "eval_set_id": location.split("/", maxsplit=1)[0],
        "location": location,
        "run_id": spec.run_id,
        "task": spec.task,
        "task_id": spec.task_id,
        "task_version": str(spec.task_version),
        "task_args": plain(spec.task_args),
        "model": spec.model,
        "model_args": plain(spec.model_args),
        "model_roles": document_of_roles(spec.model_roles),
        "generate_config": document(told(spec, "model_generate_config")),
        "plan": plan(log.plan),
        "config": document(spec.config),
        "dataset": plain(spec.dataset.name),
        "sandbox": spec.sandbox.type if spec.sandbox else None,
        "revision": document(spec.revision),
        "packages": plain(told(spec, "packages")),
        "solver": spec.solver or ", ".join(step.solver for step in log.plan.steps),
        "status": log.status,
        "error": plain(log.error.message) if log.error else None,
        "traceback": plain(log.error.traceback) if log.error else None,
        "epochs": spec.config.epochs,
        "samples_total": samples_total(log),
        "samples_done": len(log.samples) - failed if done is None else done,
        "samples_errors": failed,
        "scores": scores,
        **headline(log),
        "metadata": plain(log.metadata),
        "tags": plain(log.tags),
        "created_by": (log.metadata or {}).get("created_by"),
        "created_at": time(spec.created),
        "started_at": time(stats.started_at) or time(spec.created),
        "completed_at": time(stats.completed_at),
        "invalidated": log.invalidated,
        "import_error": None,
        "role_usage": {role: tokens(used) for role, used in stats.role_usage.items()} or None,
        **summed(list(eval_models_usage(log).values())),
    }


def told(part: Any, name: str) -> Any:
    """What a log itself has; None where the reader only has a default for it."""
    return getattr(part, name) if name in part.model_fields_set else None


def plan(found: Any) -> Any:
    steps = [{"solver": plain(step.solver), "params": plain(step.params)} for step in found.steps]
    return {"name": plain(found.name), "steps": steps}


def called_models(log: Any) -> set[str]:
    """The eval's model, those of its roles, and those that were used."""
    found = {log.eval.model, *log.stats.model_usage}
    for role in (log.eval.model_roles or {}).values():
        found |= {one.model for one in (role if isinstance(role, list) else [role])}
    for sample in log.samples:
        found |= {*sample.model_usage, *(event.model for event in sample.events if event.event == "model")}
    return found


def metrics(log: Any) -> dict[str, dict[str, float | None]]:
    found = log.results.scores if log.results else []
    return {
        plain(one.name): {plain(name): number(metric.value) for name, metric in one.metrics.items()}
        for one in found
    }


def headline(log: Any) -> dict[str, Any]:
    """The number that stands for the eval, by Inspect's own function."""
    from inspect_ai.log._headline import headline_metric

    found = headline_metric(log)
    if found is None:
        first = log.results.scores[0].name if log.results and log.results.scores else None
        return {"score": None, "headline_scorer": first}
    return {"score": number(found.metric.value), "headline_scorer": found.score.name}


def document_of_roles(roles: Any) -> Any:
    """Configs by role; a role of several models has a list of them."""
    if roles is None:
        return None
    return {
        role: [document(one) for one in config] if isinstance(config, list) else document(config)
        for role, config in roles.items()
    }


def samples_total(log: Any) -> int:
    if log.results and log.results.total_samples:
        return log.results.total_samples
    chosen = log.eval.dataset.sample_ids
    return len(chosen) * (log.eval.config.epochs or 1)


def eval_models_usage(log: Any) -> dict[str, Any]:
    """Usage by model: the log's own sum, or of the samples so far."""
    if log.stats.model_usage:
        return log.stats.model_usage
    found: dict[str, Any] = {}
    for sample in log.samples:
        for model, used in sample.model_usage.items():
            found[model] = found[model] + used if model in found else used
    return found


def eval_usage_rows(log: Any) -> dict[str, dict[str, Any]]:
    return {model: tokens(used) for model, used in eval_models_usage(log).items()}
