"""Models of a config as Inspect's."""

from __future__ import annotations

from collections.abc import Mapping

from inspect_ai.model import GenerateConfig, Model, get_model

from hawk.runner.blame import UsersCode
from hawk.runner.console import Console
from hawk.runner.registry import Registry
from hawk.specs.models import GetModelArgs, ModelItem
from hawk.specs.packages import ModelPackage


class Models:
    """Makes the models that a config names. One instance of each serves every cell of the grid."""

    def __init__(self, console: Console, registry: Registry) -> None:
        self._console, self._registry = console, registry

    def all(self, packages: tuple[ModelPackage, ...]) -> list[Model]:
        """The models of ``models``, in the order of the config."""
        return [self._make(package, item) for package in packages for item in package.items]

    def roles(self, packages: Mapping[str, ModelPackage]) -> dict[str, Model]:
        """The models of ``model_roles``, each exactly one."""
        return {role: self._make(package, package.items[0]) for role, package in packages.items()}

    def _make(self, package: ModelPackage, item: ModelItem) -> Model:
        self._registry.load(package, required=False)
        name = package.qualify(item.name)
        with UsersCode(self._console, f"Model '{name}' could not be made"):
            return _get(name, item.args)


def _get(name: str, args: GetModelArgs | None) -> Model:
    if args is None:
        return get_model(name)
    return get_model(
        name,
        role=args.role,
        default=args.default,
        config=GenerateConfig(**args.config) if args.config is not None else None,
        base_url=args.base_url,
        memoize=args.memoize,
        **{key: value for key, value in args.extra.items() if key != "api_key"},
    )
