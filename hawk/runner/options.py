"""The arguments of Inspect's ``eval_set``: the config's, Hawk's own, and those that are handed on."""

from __future__ import annotations

import inspect
from typing import Any, Literal

from inspect_ai import (
    Epochs,
    eval_set,  # pyright: ignore[reportUnknownVariableType]
)
from inspect_ai.approval import ApprovalPolicy
from inspect_ai.model import GenerateConfigArgs, Model

from hawk.errors import InvalidConfig
from hawk.runner.launch import Attempt
from hawk.specs.eval_set import EvalSetSpec

TASKS_AT_ONCE = 4
"""How many tasks run at once where the config doesn't say: each has its samples and its dataset in memory."""

SAMPLES_AT_ONCE = 10
"""Samples at once in each task: what Inspect does where nobody says."""


def eval_set_options(
    spec: EvalSetSpec,
    attempt: Attempt,
    display: Literal["full", "plain", "none"],
    roles: dict[str, Model],
    approval: str | list[ApprovalPolicy] | None,
) -> dict[str, Any]:
    """All keyword arguments but the tasks."""
    plan = attempt.plan
    return {
        "continue_on_fail": True,
        "retry_cleanup": False,
        "log_realtime": True,
        **_of_spec(spec),
        "approval": approval,
        "model_roles": roles or None,
        **spec.extra,
        **_at_once(spec.extra, attempt.halvings),
        "tags": list(spec.tags) or None,
        "metadata": metadata_of(spec, plan.job_id, plan.created_by),
        "log_dir": plan.log_dir,
        "log_dir_allow_dirty": plan.log_dir_allow_dirty,
        "log_shared": "://" in plan.log_dir and not plan.log_dir.startswith("file:"),
        "eval_set_id": plan.job_id,
        "display": display,
        "ctl_server": True,
    }


def refuse_unknown(extra: dict[str, Any]) -> None:
    """Raise :class:`InvalidConfig` for a key that the installed Inspect's ``eval_set`` doesn't take."""
    known = inspect.signature(eval_set).parameters.keys() | GenerateConfigArgs.__annotations__.keys()  # pyright: ignore[reportUnknownArgumentType]
    unknown = [key for key in extra if key not in known]
    if unknown:
        raise InvalidConfig(
            f"The installed Inspect takes no option '{unknown[0]}'.",
            fix="Take it out of the config, or install an Inspect that knows it.",
        )


def metadata_of(spec: EvalSetSpec, job_id: str, created_by: str) -> dict[str, Any]:
    """The user's metadata, the config's name, and what Hawk says, which wins."""
    named = {"name": spec.name} if spec.name else {}
    return {**spec.metadata, **named, "eval_set_id": job_id, "created_by": created_by}


def _of_spec(spec: EvalSetSpec) -> dict[str, Any]:
    epochs = spec.epochs
    if epochs is not None and not isinstance(epochs, int):
        reducer = list(epochs.reducer) if isinstance(epochs.reducer, tuple) else epochs.reducer
        epochs = Epochs(epochs.epochs, reducer)
    return {
        "score": spec.score,
        "limit": spec.limit,
        "sample_shuffle": spec.sample_shuffle,
        "epochs": epochs,
        "message_limit": spec.message_limit,
        "token_limit": spec.token_limit,
        "time_limit": spec.time_limit,
        "working_limit": spec.working_limit,
    }


def _at_once(extra: dict[str, Any], halvings: int) -> dict[str, Any]:
    tasks = extra.get("max_tasks") or TASKS_AT_ONCE
    if not halvings:
        return {"max_tasks": tasks}
    samples = extra.get("max_samples") or extra.get("max_connections") or SAMPLES_AT_ONCE
    return {"max_tasks": tasks, "max_samples": max(1, samples >> halvings)}
