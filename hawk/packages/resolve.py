"""From the packages of a config to what a submission carries: requirements, a lock, and wheels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec

from hawk.errors import PackageProblem
from hawk.packages.lock import RunnerTarget, lock_requirements
from hawk.packages.platforms import this_platform
from hawk.packages.requirement import LocalPackage, local_package
from hawk.packages.sources import has_sources, local_sources
from hawk.packages.wheels import Report, WheelFile, local_wheel

__all__ = ["Resolved", "RunnerTarget", "WheelFile", "resolve"]


class Resolved(msgspec.Struct, frozen=True):
    """Packages, ready to travel.

    In ``requirements`` and ``lock`` a local package is ``name @ hawk-wheel:SHA256/FILE``, and its
    file is among ``wheels``. ``lock`` is None where nothing was validated; ``cached`` says that the
    lock was resolved before.
    """

    requirements: tuple[str, ...]
    lock: str | None
    wheels: tuple[WheelFile, ...]
    cached: bool


def resolve(
    requirements: Sequence[str],
    runner: RunnerTarget,
    *,
    home: Path,
    base: Path,
    validate: bool = True,
    report: Report,
) -> Resolved:
    """Build what is local, and (unless ``validate`` is off) resolve everything for the runner.

    ``base`` is the folder that relative paths are relative to: the config's. ``report`` gets a line
    for each step that takes time. Raises :class:`PackageProblem` for what the user must mend, and
    ``Unavailable`` where the network, uv or the disk is at fault.
    """
    packages = {text: local_package(text, base) for text in dict.fromkeys(requirements)}
    builder = _Builder(home, runner, report, [p for p in packages.values() if p])
    placed = {text: builder.place(package) for text, package in packages.items() if package}
    named = tuple(placed[text].travelling if text in placed else text for text in packages)
    if not validate:
        return Resolved(named, None, builder.wheels(), cached=False)
    beside = builder.beside()
    lock = lock_requirements(
        [
            *(placed[text].for_uv if text in placed else text for text in packages),
            *(p.for_uv for p in beside),
        ],
        {p.address: p.wheel for p in (*placed.values(), *beside)},
        runner,
        cache=home / "locks",
        build=builder.build,
        report=report,
        submitting=True,
    )
    return Resolved(named, lock.text, builder.wheels(), lock.cached)


class _Placed(msgspec.Struct, frozen=True):
    """A local package and its wheel; ``address`` is where uv finds it on this machine."""

    package: LocalPackage
    wheel: WheelFile
    address: str

    @property
    def for_uv(self) -> str:
        return self.package.at(self.wheel.name, self.address)

    @property
    def travelling(self) -> str:
        return self.package.at(self.wheel.name, self.wheel.address)


class _Builder:
    """Builds the local packages of one config, and keeps count of their wheels."""

    def __init__(
        self, home: Path, runner: RunnerTarget, report: Report, packages: list[LocalPackage]
    ) -> None:
        self._home = home
        self._runner = runner
        self._report = report
        self._packages = packages
        # A wheel has forgotten the sources of its folder, so uv must see the folder; and then every
        # folder, for it takes a package from one address only.
        self._at_folders = any(p.path.is_dir() and has_sources(p.path) for p in packages)
        self._wheels: dict[Path, WheelFile] = {}

    def place(self, package: LocalPackage) -> _Placed:
        wheel = self._wheel(package.path)
        at_folder = self._at_folders and package.path.is_dir()
        return _Placed(package, wheel, (package.path if at_folder else wheel.path).as_uri())

    def beside(self) -> list[_Placed]:
        """The local packages that those of the config bring along, and what these bring in turn."""
        seen = {p.path for p in self._packages}
        waiting = list(self._packages)
        found: list[_Placed] = []
        while waiting:
            package = waiting.pop()
            for source in local_sources(package.path, package.extras):
                if source.path not in seen:
                    seen.add(source.path)
                    waiting.append(source)
                    found.append(self.place(source))
        return found

    def build(self, address: str) -> WheelFile:
        return self._wheel(Path(unquote(urlsplit(address).path)))

    def wheels(self) -> tuple[WheelFile, ...]:
        return tuple(dict.fromkeys(self._wheels.values()))

    def _wheel(self, path: Path) -> WheelFile:
        if path not in self._wheels:
            wheel = local_wheel(path, self._home, self._runner.python, self._report)
            self._refuse_foreign(path, wheel)
            self._wheels[path] = wheel
        return self._wheels[path]

    def _refuse_foreign(self, path: Path, wheel: WheelFile) -> None:
        if wheel.universal or self._runner.platform in {"", this_platform()} or path.suffix == ".whl":
            return
        raise PackageProblem(
            f"{path} has compiled code, and was built for this machine; jobs run on {self._runner.platform}.",
            fix="Name it by its git address, or build a wheel for that platform and name the wheel.",
        )
