"""Finds what a config names in Inspect's registry, and says what it may have meant where it isn't there."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from importlib.metadata import entry_points
from typing import Any, Literal

from inspect_ai.util import registry_create

from hawk.errors import InvalidConfig
from hawk.runner.blame import UsersCode
from hawk.runner.console import Console
from hawk.specs.packages import Package

Kind = Literal["task", "solver", "agent", "approver"]
GROUP = "inspect_ai"


class Registry:
    """Inspect's registry, filled from the entry points of the packages that are asked for.

    ``installs`` says that the user installs the packages (``--direct``), and so can be told what to type.
    """

    def __init__(self, console: Console, *, installs: bool = False) -> None:
        self._console, self._installs = console, installs
        self._loaded: set[str] = set()

    def load(self, package: Package, *, required: bool = True) -> None:
        """Import what a package registers. Raises :class:`InvalidConfig` where it can't be, or isn't there.

        A package of models may do without an entry point of its name: that is the provider's.
        """
        if package.builtin or package.name is None or package.name in self._loaded:
            return
        found = [point for point in entry_points(group=GROUP) if point.name == package.name]
        if required and not found:
            raise self._missing(package)
        for point in found:
            with UsersCode(
                self._console, f"The package '{package.package}' could not be imported ({point.value})"
            ):
                point.load()
        self._loaded.add(package.name)

    def create(self, kind: Kind, name: str, args: Mapping[str, Any] | None) -> object:
        """Make a task, solver, agent or approver. Its errors are the user's: see :class:`UsersCode`."""
        self.check(kind, name)
        with UsersCode(self._console, f"{kind.capitalize()} '{name}' could not be loaded"):
            return registry_create(kind, name, **dict(args or {}))

    def check(self, kind: Kind, name: str) -> None:
        """Raise :class:`InvalidConfig` with near names where there is no such thing."""
        known = names_of(kind)
        if name in known or ("/" not in name and f"{GROUP}/{name}" in known):
            return
        raise InvalidConfig(f"There is no {kind} '{name}'.", fix=_near(name, known))

    def _missing(self, package: Package) -> InvalidConfig:
        names = sorted({point.name for point in entry_points(group=GROUP)})
        message = (
            f"The package '{package.package}' registers nothing by the name '{package.name}' with Inspect."
        )
        if self._installs:
            return InvalidConfig(
                message, fix=f"If it is not installed here: uv pip install '{package.package}'"
            )
        near = difflib.get_close_matches(str(package.name), names, n=3, cutoff=0.5)
        meant = f" Did you mean {_either(near)}?" if near else ""
        return InvalidConfig(
            message,
            fix=f"`name` must be the name of an entry point in the group '{GROUP}' of the package.{meant}",
        )


def names_of(kind: str) -> list[str]:
    """The names of everything of a kind that is registered by now."""
    from inspect_ai._util.registry import registry_find

    names: list[str] = []

    def note(info: Any) -> bool:
        if info.type == kind:
            names.append(info.name)
        return False

    registry_find(note)
    return names


def _near(name: str, known: Iterable[str]) -> str:
    package = name.split("/", maxsplit=1)[0] if "/" in name else GROUP
    siblings = sorted(other for other in known if other.startswith(f"{package}/") and "/_" not in other)
    items = {other.split("/", 1)[-1]: other for other in siblings}
    near = difflib.get_close_matches(name.split("/", 1)[-1], list(items), n=3, cutoff=0.5)
    if near:
        return f"Did you mean {_either(near)}?"
    if not items:
        return f"The package '{package}' registers none."
    listed = list(items)[:10]
    return (
        f"The package '{package}' has {', '.join(listed)}{' and more' if len(items) > len(listed) else ''}."
    )


def _either(names: list[str]) -> str:
    quoted = [f"'{name}'" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
