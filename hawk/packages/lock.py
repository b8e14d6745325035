"""Resolves requirements into a lock: every package with its version, and nothing of this machine."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from hawk.errors import PackageProblem
from hawk.packages.failures import package_error
from hawk.packages.files import replace_text
from hawk.packages.uv import UvFailed, run_uv
from hawk.packages.versions import full
from hawk.packages.wheels import Report, WheelFile, own_python

LOCK_AGE = 7 * 24 * 3600.0
"""Seconds that a lock is used again: short enough for fixes of unpinned packages to arrive within a
week, long enough that a week's work on one config runs on one set of packages."""

TIMEOUT = 300.0
"""Seconds for a resolution: building the metadata of a few large source packages takes minutes."""

_SETTINGS = re.compile(
    r"UV_(?:.*INDEX.*|EXCLUDE.*|CONSTRAINT|OVERRIDE|FIND_LINKS|PRERELEASE|RESOLUTION|FORK.*)$"
)
_LOCAL = re.compile(r"^(?:-e |[\w.-]+(?:\[[^\]]*\])? @ )(?P<address>file:[^\s\[]+)(?:\[[^\]]*\])?$")
"""A local package as uv writes it: ``name @ file:…``, or ``-e file:…`` where a source is editable."""


class RunnerTarget(msgspec.Struct, frozen=True):
    """What jobs run on: Python as ``3.11``, uv's name of the platform, and the runner's own needs."""

    python: str
    platform: str
    requirements: tuple[str, ...] = ()


class Lock(msgspec.Struct, frozen=True):
    """A lock's text, and whether it was resolved before."""

    text: str
    cached: bool


def lock_requirements(
    requirements: Sequence[str],
    places: Mapping[str, WheelFile],
    target: RunnerTarget,
    *,
    cache: Path,
    build: Callable[[str], WheelFile],
    report: Report,
    submitting: bool = False,
    again: bool = False,
) -> Lock:
    """Resolve ``requirements`` and the runner's own for a target.

    ``places`` maps the ``file:`` addresses in ``requirements`` to the wheels that stand for them;
    ``build`` makes a wheel of a local folder that only the resolution found; ``submitting`` is for
    the words of an error; ``again`` asks the index anew, past every cache. Raises
    :class:`PackageProblem` for what can never work and ``Unavailable`` for what may yet.
    """
    cached = cache / f"{_key(requirements, places, target)}.txt"
    if not again and _is_fresh(cached):
        return Lock(cached.read_text(), cached=True)
    report("Resolving packages")
    resolved = _compile(requirements, target, cache, submitting=submitting, again=again)
    text, found = _without_paths(resolved, places, build)
    if not found:
        # A folder that only the resolution knows is not part of the key, so its lock would go stale.
        replace_text(cached, text)
    return Lock(text, cached=False)


def _key(requirements: Sequence[str], places: Mapping[str, WheelFile], target: RunnerTarget) -> str:
    settings = sorted(f"{k}={v}" for k, v in os.environ.items() if _SETTINGS.match(k))
    named = sorted(_rewritten(line, places) for line in requirements)
    parts = (named, sorted(target.requirements), target.python, target.platform, settings)
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()[:32]


def _is_fresh(path: Path) -> bool:
    try:
        return 0 <= time.time() - path.stat().st_mtime < LOCK_AGE
    except FileNotFoundError:
        return False


def _compile(
    requirements: Sequence[str], target: RunnerTarget, cache: Path, *, submitting: bool, again: bool
) -> str:
    cache.mkdir(parents=True, exist_ok=True)
    # The name `hawk` belongs to another project on the index, and the runner brings its own.
    excluded = cache / "excluded.txt"
    replace_text(excluded, "hawk\n")
    platform = ["--python-platform", target.platform] if target.platform else []
    refresh = ["--refresh"] if again else []
    arguments = ["pip", "compile", "-", *refresh, "--no-header", "--no-annotate", "--excludes", str(excluded)]
    arguments += ["--python", own_python(target.python), "--python-version", full(target.python), *platform]
    lines = "\n".join(dict.fromkeys((*requirements, *target.requirements))) + "\n"
    try:
        return run_uv(arguments, folder=Path("/"), stdin=lines, timeout=TIMEOUT).stdout
    except UvFailed as failed:
        raise package_error(
            failed, "resolving the packages", runner=target.requirements, submitting=submitting
        ) from failed


def _without_paths(
    resolved: str, places: Mapping[str, WheelFile], build: Callable[[str], WheelFile]
) -> tuple[str, bool]:
    known = dict(places)
    named: list[str] = []
    for line in filter(str.strip, resolved.splitlines()):
        local = _LOCAL.match(line)
        address = local["address"] if local else None
        if address is None and line.startswith((".", "/", "-")):
            raise PackageProblem(
                f"A package depends on the local path `{line}`, and does not say its name.",
                fix="Name that path under `packages` in the config too.",
            )
        if address is None:
            named.append(line)
            continue
        if address not in known:
            known[address] = build(address)
        named.append(f"{known[address].name} @ {known[address].address}")
    return "".join(f"{line}\n" for line in sorted(named, key=str.lower)), len(known) > len(places)


def _rewritten(line: str, places: Mapping[str, WheelFile]) -> str:
    head, separator, rest = line.partition(" @ ")
    address, _, marker = rest.partition(" ;")
    wheel = places.get(address)
    if not separator or wheel is None:
        return line
    return f"{head} @ {wheel.address}" + (f" ;{marker}" if marker else "")
