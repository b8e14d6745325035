"""Top-level keys that go to Inspect's ``eval_set``. A test keeps the tables true to the installed Inspect."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from hawk.specs.generate_config import GENERATE_CONFIG
from hawk.specs.part import Json, Remark
from hawk.specs.values import Bound, Count

EVAL_SET_OPTIONS: dict[str, Any] = {
    "retry_attempts": Bound,
    "retry_wait": float,
    "retry_connections": float,
    "retry_cleanup": bool,
    "retry_immediate": bool,
    "retry_on_error": Bound,
    "incomplete_action": Literal["retry", "error"],
    "incomplete_max": float,
    "sandbox_cleanup": bool,
    "sandbox_prebuilt": bool,
    "checkpoint": bool,
    "acp_server": bool | int | str,
    "review": str,
    "notification": bool | str,
    "score_display": bool,
    "score_on_error": bool,
    "log_level": str,
    "log_level_transcript": str,
    "log_realtime": bool,
    "log_images": bool,
    "log_model_api": bool,
    "log_refusals": bool,
    "log_buffer": Count,
    "fail_on_error": bool | float,
    "continue_on_fail": bool,
    "debug_errors": bool,
    "turn_limit": Bound,
    "cost_limit": float,
    "model_cost_config": str | dict[str, dict[str, float]],
    "max_samples": Count,
    "max_dataset_memory": Count,
    "max_tasks": Count,
    "max_subprocesses": Count,
    "max_sandboxes": Count,
    "sentinel": str | list[dict[str, Any]] | dict[str, Any],
}
"""The type of each option that is the user's and has no field of its own; null is allowed as well."""

OWNED: dict[str, str] = {
    "log_dir": "Hawk chooses where the logs of an eval set lie",
    "log_dir_allow_dirty": "give --log-dir-allow-dirty to `hawk eval-set`",
    "log_format": "Hawk reads logs of Inspect's eval format only",
    "log_samples": "without samples in the logs Hawk could neither resume nor show them",
    "log_shared": "Hawk sets it to what the storage of the logs needs",
    "model": "name the models under `models`",
    "model_base_url": "put `base_url` under the `args` of a model",
    "model_args": "put them under the `args` of a model",
    "solver": "name solvers under `solvers` and agents under `agents`",
    "task_args": "put them under the `args` of a task",
    "sample_id": "put `sample_ids` under a task",
    "sandbox": "the task names its sandbox, and the backend provides it",
    "scanner": "scan the finished eval set with `hawk scan`",
    "display": "Hawk chooses it to fit where the output goes",
    "trace": "Hawk chooses the display to fit where the output goes",
    "ctl_server": "Hawk stops jobs and samples through it",
    "bundle_dir": "Hawk shows the logs itself: `hawk web`",
    "bundle_overwrite": "Hawk shows the logs itself: `hawk web`",
    "embed_viewer": "Hawk shows the logs itself: `hawk web`",
}
"""Options of ``eval_set`` that a config can't set, with the reason or with what to do instead."""

OPTIONS: dict[str, Any] = EVAL_SET_OPTIONS | GENERATE_CONFIG


def option_faults(key: str, value: Json) -> Iterator[Remark]:
    """Why an option can't be passed on: it is Hawk's, or Inspect wouldn't take its value."""
    from hawk.specs.decoding import value_faults

    if key in OWNED:
        yield (key,), f"can't be set in a config: {OWNED[key]}"
    elif key in OPTIONS and value is not None:
        yield from (((key, *at), message) for at, message in value_faults(value, OPTIONS[key]))


def option_doubt(key: str) -> str | None:
    """A warning about a key that is no option of the Inspect that Hawk was made with."""
    return None if key in OPTIONS else "is unknown and goes to Inspect's eval_set as it is"
