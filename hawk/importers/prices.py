"""What tokens cost, where a log tells no cost and the settings have a price for the model."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from hawk.importers.decoding import whole
from hawk.importers.evals import model_of_role
from hawk.importers.records import HeaderRecord, Number, Usage, UsageRecord
from hawk.importers.sample_records import SampleRecord
from hawk.settings import ModelPrice, Prices

_TOKENS = 1_000_000
"""Tokens that a price is for."""


def priced_header(header: HeaderRecord, prices: Prices) -> HeaderRecord:
    """A header whose usage has costs where they can be known."""
    stats = header.stats
    if not prices or stats is None:
        return header
    models = _models_of_roles(header)
    roles = {
        role: _priced(used, prices.get(models.get(role, "")))
        for role, used in (stats.role_usage or {}).items()
    }
    told = msgspec.structs.replace(stats, model_usage=_of_models(stats.model_usage, prices), role_usage=roles)
    return msgspec.structs.replace(header, stats=told)


def priced_sample(sample: SampleRecord, prices: Prices) -> SampleRecord:
    """A sample whose usage has costs where they can be known."""
    if not prices or not sample.model_usage:
        return sample
    return msgspec.structs.replace(sample, model_usage=_of_models(sample.model_usage, prices))


def price_of(used: UsageRecord, price: ModelPrice) -> float | None:
    """US dollars for tokens; None where there are tokens of a kind that has no price.

    By Inspect's ``ModelUsage``, ``input_tokens`` are those at the full rate: neither what was read
    from a cache nor what was written to one is among them, so that each kind is paid for once.
    Tokens of reasoning are among the output's.
    """
    kinds: tuple[tuple[Number, float | None], ...] = (
        (used.input_tokens, price.input),
        (used.output_tokens, price.output),
        (used.input_tokens_cache_read, price.cache_read),
        (used.input_tokens_cache_write, price.cache_write),
    )
    cost = 0.0
    for tokens, dollars in kinds:
        count = whole(tokens) or 0
        if count and dollars is None:
            return None
        cost += count * (dollars or 0.0) / _TOKENS
    return cost


def _of_models(usage: Usage | None, prices: Prices) -> Usage | None:
    if usage is None:
        return None
    return {model: _priced(used, prices.get(model)) for model, used in usage.items()}


def _priced(used: UsageRecord, price: ModelPrice | None) -> UsageRecord:
    if price is None or used.total_cost is not None:
        return used
    return msgspec.structs.replace(used, total_cost=price_of(used, price))


def _models_of_roles(header: HeaderRecord) -> dict[str, str]:
    """The one model of each role; a role of several tells not which of them used its tokens."""
    found: dict[str, str] = {}
    for role, value in (header.eval.model_roles or {}).items():
        several = cast("list[Any]", value) if isinstance(value, list) else [value]
        models = {model_of_role(one) for one in several}
        if len(models) == 1 and (model := models.pop()) is not None:
            found[role] = model
    return found
