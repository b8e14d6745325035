"""Inspect's GenerateConfig, which a model's ``config`` is; a test keeps it true to the installed Inspect."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from hawk.specs.part import Json, Remark
from hawk.specs.values import Count

GENERATE_CONFIG: dict[str, Any] = {
    "max_retries": int,
    "timeout": int,
    "attempt_timeout": int,
    "stream_idle_timeout": int,
    "max_connections": Count,
    "adaptive_connections": bool | Count | str | dict[str, Any],
    "system_message": str,
    "max_tokens": int,
    "top_p": float,
    "temperature": float,
    "stop_seqs": list[str],
    "best_of": int,
    "frequency_penalty": float,
    "presence_penalty": float,
    "logit_bias": dict[str, float],
    "seed": int,
    "top_k": int,
    "num_choices": int,
    "logprobs": bool,
    "top_logprobs": int,
    "prompt_logprobs": int,
    "parallel_tool_calls": bool,
    "internal_tools": bool,
    "max_tool_output": int,
    "cache_prompt": bool | Literal["auto"],
    "fallback_models": list[str],
    "fail_on_refusal": bool,
    "verbosity": Literal["low", "medium", "high"],
    "effort": Literal["low", "medium", "high", "xhigh", "max"],
    "reasoning_effort": Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"],
    "reasoning_mode": Literal["standard", "pro"],
    "reasoning_tokens": int,
    "reasoning_summary": Literal["none", "concise", "detailed", "auto"],
    "reasoning_history": Literal["none", "all", "last", "auto"],
    "response_schema": dict[str, Any],
    "extra_headers": dict[str, str],
    "extra_body": dict[str, Any],
    "modalities": list[str | dict[str, Any]],
    "cache": bool | dict[str, Any],
    "batch": bool | int | dict[str, Any],
}
"""The type of each field; null is allowed as well and means Inspect's default."""


def config_faults(config: dict[str, Json]) -> Iterator[Remark]:
    """Unknown fields and values that Inspect wouldn't take."""
    from hawk.specs.decoding import did_you_mean, value_faults

    known = GENERATE_CONFIG if len(config) <= len(GENERATE_CONFIG) else ()
    for name, value in config.items():
        if name not in GENERATE_CONFIG:
            yield (name,), f"is no field of Inspect's GenerateConfig{did_you_mean(name, known)}"
        elif value is not None:
            yield from (((name, *at), text) for at, text in value_faults(value, GENERATE_CONFIG[name]))
