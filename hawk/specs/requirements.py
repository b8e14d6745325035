"""Requirement strings of a config."""

from __future__ import annotations

from hawk.specs.distributions import is_local_path, local_path
from hawk.specs.eval_set import EvalSetSpec

__all__ = ["is_local_path", "local_path", "requirement_strings"]


def requirement_strings(spec: EvalSetSpec) -> tuple[str, ...]:
    """Every package that the config names, sorted, each once; Inspect itself is not among them."""
    groups = (*spec.tasks, *spec.solvers, *spec.agents, *spec.models, *spec.model_roles.values())
    named = {group.package.strip() for group in groups if not group.builtin}
    return tuple(sorted(named | {package.strip() for package in spec.packages}))
