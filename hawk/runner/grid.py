"""Every cell of the grid (tasks by solvers and agents by models), each a task of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from inspect_ai import (
    Task,
    task_with,  # pyright: ignore[reportUnknownVariableType]
)
from inspect_ai.agent import Agent, as_solver
from inspect_ai.model import GenerateConfig, Model
from inspect_ai.solver import Solver

from hawk.runner.console import Console
from hawk.runner.datasets import select
from hawk.runner.models import Models
from hawk.runner.registry import Registry
from hawk.specs.eval_set import EvalSetSpec
from hawk.specs.packages import TaskPackage
from hawk.specs.tasks import TaskItem


@dataclass(frozen=True)
class Cell:
    """One task on one model with one solver. ``model`` and ``solver`` None: the task's own."""

    task: Task
    name: str
    model: str | None
    solver: str | None
    samples: int


@dataclass(frozen=True)
class Variant:
    """A solver, or an agent as one."""

    name: str
    solver: Solver


class Grid:
    """Makes the cells of a config, a task anew for each: ``task_with`` changes what it is given."""

    def __init__(self, spec: EvalSetSpec, console: Console, registry: Registry) -> None:
        self._spec, self._registry = spec, registry
        self._models = Models(console, registry)

    def roles(self) -> dict[str, Model]:
        """The models of the roles."""
        return self._models.roles(self._spec.model_roles)

    def cells(self) -> list[Cell]:
        """In the order of the config: by task, then solver or agent, then model."""
        variants: list[Variant | None] = [*self._variants()]
        models: list[Model | None] = [*self._models.all(self._spec.models)]
        return [
            self._cell(package, item, variant, model)
            for package in self._spec.tasks
            for item in package.items
            for variant in variants or [None]
            for model in models or [None]
        ]

    def _variants(self) -> Iterator[Variant]:
        for package in self._spec.solvers:
            self._registry.load(package)
            for item in package.items:
                name = package.qualify(item.name)
                made = self._registry.create("solver", name, item.args)
                yield Variant(name, cast("Solver", made))
        for package in self._spec.agents:
            self._registry.load(package)
            for item in package.items:
                name = package.qualify(item.name)
                made = self._registry.create("agent", name, item.args)
                yield Variant(name, as_solver(cast("Agent", made)))

    def _cell(
        self, package: TaskPackage, item: TaskItem, variant: Variant | None, model: Model | None
    ) -> Cell:
        self._registry.load(package)
        name = package.qualify(item.name)
        if model is not None:
            _activate(model)
        task = cast("Task", self._registry.create("task", name, item.args))
        if item.sample_ids is not None:
            task = task_with(task, dataset=select(name, task.dataset, item.sample_ids))
        if variant is not None:
            task = task_with(task, solver=variant.solver)
        if model is not None:
            task = task_with(task, model=model)
        return Cell(
            task=task,
            name=name,
            model=str(model) if model is not None else None,
            solver=variant.name if variant is not None else None,
            samples=self._count(task),
        )

    def _count(self, task: Task) -> int:
        samples, limit = len(task.dataset), self._spec.limit
        if isinstance(limit, int):
            samples = min(samples, limit)
        elif limit is not None:
            samples = max(0, min(samples, limit[1]) - limit[0])
        return samples * self._epochs(task)

    def _epochs(self, task: Task) -> int:
        epochs = self._spec.epochs
        if epochs is None:
            return task.epochs or 1
        return epochs if isinstance(epochs, int) else epochs.epochs


def _activate(model: Model) -> None:
    # So that get_model() in the function that makes a task gives the model that it is made for.
    from inspect_ai.model._model import init_active_model

    init_active_model(model, GenerateConfig())
