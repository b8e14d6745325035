"""Evals in one line each, and a whole run in one sentence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence

from inspect_ai.log import EvalLog, EvalSampleSummary, read_eval_log_sample_summaries

from hawk.specs.control import SampleProgress, TaskProgress, TokenCounts

_LONGEST = 300


def label_of(log: EvalLog) -> str:
    """``task on model``, as a user knows an eval."""
    solver = _solver_of(log)
    by = f" ({solver})" if solver not in {None, "generate"} else ""
    return f"{log.eval.task.split('/')[-1]}{by} on {log.eval.model}"


def line_of(log: EvalLog) -> str:
    """How an eval ended: ``task x on y: 5 of 10 samples, accuracy 0.6``."""
    parts = [_samples_of(log), *_metrics_of(log)]
    if log.status != "success":
        parts.append(f"ended in {log.status}" if log.status == "error" else log.status)
    return f"{label_of(log)}: {', '.join(part for part in parts if part)}"


def reason_of(logs: Sequence[EvalLog], hide: Callable[[str], str]) -> str | None:
    """Which evals did not succeed, and why the first of them didn't; None where all did.

    ``hide`` takes the secrets out of an error, before it is shortened: half a secret would not be found.
    """
    failed = [log for log in logs if log.status != "success"]
    if not failed:
        return None
    ends = Counter(log.status for log in failed)
    what = " and ".join(f"{count} of {len(logs)} evals {_END[status]}" for status, count in ends.items())
    return f"{what}: {label_of(failed[0])}: {_error_of(failed[0], hide)}"


def progress_of(log: EvalLog) -> TaskProgress:
    """An eval that has come to its end, counted from its log."""
    summaries = _summaries_of(log)
    cancelled = sum(1 for summary in summaries if summary.error and was_cancelled(summary.error))
    errors = sum(1 for summary in summaries if summary.error is not None) - cancelled
    total = log.results.total_samples if log.results else len(summaries)
    used = [usage for summary in summaries for usage in summary.model_usage.values()]
    return TaskProgress(
        task=log.eval.task,
        model=log.eval.model,
        solver=_solver_of(log),
        eval_id=log.eval.eval_id,
        status=log.status,
        samples=SampleProgress(
            done=len(summaries) - errors - cancelled, total=max(total, len(summaries)), errors=errors
        ),
        tokens=TokenCounts(
            sum(one.input_tokens for one in used),
            sum(one.output_tokens for one in used),
            sum(one.total_tokens for one in used),
        ),
    )


def was_cancelled(error: str) -> bool:
    """Whether an error is no more than the end that somebody asked for."""
    return error.startswith(("CancelledError(", "Cancelled("))


def said(error: str) -> str:
    """An error as a user reads it; Inspect keeps them as Python writes them: ``ValueError('the text')``."""
    found = re.fullmatch(r"(\w+)\((['\"])(.*)\2,?\)", error, re.DOTALL)
    return f"{found[1]}: {found[3]}" if found else error


_END = {"error": "ended in error", "cancelled": "were cancelled", "started": "came to no end"}


def _error_of(log: EvalLog, hide: Callable[[str], str]) -> str:
    if log.error is not None:
        return _short(hide(said(log.error.message)))
    errors = [f"sample {one.id}: {said(one.error)}" for one in _summaries_of(log) if one.error]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"{_short(hide(errors[0]))}{more}" if errors else "Inspect says no more"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def _samples_of(log: EvalLog) -> str:
    if log.results is None:
        return ""
    done = log.results.completed_samples
    if log.results.logged_samples is not None:
        done = min(done, log.results.logged_samples)
    return f"{done} of {log.results.total_samples} samples"


def _metrics_of(log: EvalLog) -> list[str]:
    scores = log.results.scores if log.results else []
    return [
        f"{f'{score.name} ' if len(scores) > 1 else ''}{name} {metric.value:.3g}"
        for score in scores
        for name, metric in score.metrics.items()
        if name != "stderr"
    ]


def _solver_of(log: EvalLog) -> str | None:
    steps = log.plan.steps
    return steps[-1].solver.split("/")[-1] if steps else None


def _summaries_of(log: EvalLog) -> list[EvalSampleSummary]:
    return read_eval_log_sample_summaries(log.location) if log.location else []
