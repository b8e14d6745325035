"""Resolves a plan that came without a lock, on the machine that runs it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Never

from hawk.errors import PackageProblem, Unavailable
from hawk.packages.environment import is_this_python, wheel_of_job
from hawk.packages.hawk_wheel import runner_requirements
from hawk.packages.lock import RunnerTarget, lock_requirements
from hawk.packages.platforms import this_platform
from hawk.packages.versions import this_version
from hawk.packages.wheels import WheelFile, wheel_file
from hawk.specs.plan import WHEEL_SCHEME, RunPlan


def lock_plan(plan: RunPlan, report: Callable[[str], None], *, again: bool = False) -> str:
    """The lock of ``plan.requirements`` and of this Hawk's runner, for this machine.

    It is cached beside the environments, as the one of a submission is; ``again`` asks the index anew
    and replaces what was cached. Raises
    :class:`PackageProblem` for what can never work and ``Unavailable`` for what may yet.
    """
    python = _version(plan.python)
    places: dict[str, WheelFile] = {}
    requirements = [_placed(line, Path(plan.wheels), places) for line in plan.requirements]
    target = RunnerTarget(python, this_platform(), runner_requirements(python))
    cache = Path(plan.environments).parent / "locks"
    return lock_requirements(
        requirements, places, target, cache=cache, build=_refuse, report=report, again=again
    ).text


def _version(python: str) -> str:
    if is_this_python(python):
        return this_version()
    if "/" not in python:
        return python
    ask = "import sys; print('%d.%d.%d' % sys.version_info[:3])"
    try:
        return subprocess.run([python, "-c", ask], capture_output=True, check=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError) as error:
        raise Unavailable(f"The Python of this job, {python}, does not start: {error}.") from error


def _placed(requirement: str, wheels: Path, places: dict[str, WheelFile]) -> str:
    head, scheme, rest = requirement.partition(WHEEL_SCHEME)
    if not scheme:
        return requirement
    address, space, marker = rest.partition(" ")
    wheel = wheel_file(wheel_of_job(wheels, address))
    places[wheel.path.as_uri()] = wheel
    return f"{head}{wheel.path.as_uri()}{space}{marker}"


def _refuse(address: str) -> Never:
    raise PackageProblem(
        f"A package depends on {address}, which is a place on the machine that the job was submitted from.",
        fix="Name that path under `packages` in the config, and submit it with dependency validation.",
    )
