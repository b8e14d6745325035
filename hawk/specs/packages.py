"""Where tasks, models, solvers and agents come from: a Python package, or Inspect itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated

from msgspec import Meta

from hawk.specs.distributions import REQUIREMENT_PATTERN, inspect_fault, requirement_fault
from hawk.specs.models import ModelItem
from hawk.specs.part import Json, Part, Remark
from hawk.specs.tasks import AgentItem, SolverItem, TaskItem
from hawk.specs.values import Text

BUILTIN = "inspect-ai"


def _package_fault(text: str) -> str | None:
    return None if text == BUILTIN else requirement_fault(text) or inspect_fault(text)


PackageText = Annotated[
    str,
    Meta(
        min_length=1,
        pattern=REQUIREMENT_PATTERN,
        description="A requirement, a git URL or a local path; `inspect-ai` is what Inspect has built in.",
        extra={"check": _package_fault},
    ),
]


class Package(Part, frozen=True, kw_only=True):
    """A package that things are taken from; ``name`` is its name in Inspect's registry.

    Where ``package`` is ``inspect-ai`` the things are built into Inspect, and there is no ``name``.
    """

    package: PackageText
    name: Annotated[
        Text | None, Meta(description="The package's name in Inspect's registry; required unless built in.")
    ] = None

    @property
    def builtin(self) -> bool:
        """Whether the items come with Inspect itself."""
        return self.package == BUILTIN

    def qualify(self, name: str) -> str:
        """The registry name of one of the items: ``package/item``, or ``item`` for what is built in."""
        return name if self.builtin or self.name is None else f"{self.name}/{name}"

    @classmethod
    def faults(cls, data: Mapping[str, Json]) -> Iterable[Remark]:
        """A package that isn't Inspect needs its registry name."""
        package = data.get("package")
        if isinstance(package, str) and package != BUILTIN and data.get("name") is None:
            yield ("name",), "is required: expected the package's name in Inspect's registry, found nothing"

    @classmethod
    def doubts(cls, data: Mapping[str, Json]) -> Iterable[Remark]:
        """What is built in has no registry name of its own."""
        if data.get("package") == BUILTIN and data.get("name") is not None:
            yield ("name",), "is ignored: what is built into Inspect has no package name"


class TaskPackage(Package, frozen=True, kw_only=True):
    """Tasks of one package."""

    items: tuple[TaskItem, ...]


class ModelPackage(Package, frozen=True, kw_only=True):
    """Models of one package; those built in are named with their provider."""

    items: tuple[ModelItem, ...]


class SolverPackage(Package, frozen=True, kw_only=True):
    """Solvers of one package."""

    items: tuple[SolverItem, ...]


class AgentPackage(Package, frozen=True, kw_only=True):
    """Agents of one package."""

    items: tuple[AgentItem, ...]
