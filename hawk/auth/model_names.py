"""The names that one model goes by: logs, configs and maps write it with its provider or without."""

from __future__ import annotations

_WITH_LAB = {"openai-api", "openrouter", "together", "hf"}
"""Providers of others' models: ``provider/lab/model``."""

_SERVED = {"anthropic", "google", "mistral", "openai"}
_SERVICES = {"azure", "bedrock", "vertex"}
"""Labs whose models a cloud may serve: ``lab/service/model``."""


def names_of(model: str) -> tuple[str, ...]:
    """Its names, the fullest first and the bare one last.

    ``openai/azure/gpt-4o`` is also ``openai/gpt-4o`` and ``gpt-4o``.
    """
    provider, slash, rest = model.partition("/")
    if not slash:
        return (model,)
    first, inner, last = rest.partition("/")
    if inner and provider in _WITH_LAB:
        return model, rest, last
    if inner and provider in _SERVED and first in _SERVICES:
        return model, f"{provider}/{last}", last
    return model, rest
