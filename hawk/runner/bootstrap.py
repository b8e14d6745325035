"""The outer stage of a run: makes the job's environment and becomes the inner stage inside it.

It imports little, for an environment that is there already must cost next to nothing, and it never
reads the secrets: uv and the builds under it can't see what this process doesn't have.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Never

import msgspec

from hawk.errors import HawkError, PackageProblem, PackageVanished
from hawk.packages.environment import ensure_environment
from hawk.packages.files import replace_text
from hawk.runner.arguments import Arguments, parse
from hawk.runner.installing import Installing
from hawk.specs.control import Outcome
from hawk.specs.plan import EXIT_NEVER_WORKS, RunPlan

EXIT_TRY_AGAIN = 75
"""A failure of the network or the disk: not the config's fault, and worth another attempt."""

_LOCK = "requirements.lock"
_INNER = "hawk.runner.inside"
_OF_THE_OUTER_PYTHON = frozenset(
    {"VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "PYTHONEXECUTABLE", "PYTHONSTARTUP", "PYTHONUSERBASE"}
    | {"PYTHONPLATLIBDIR", "PYTHONPYCACHEPREFIX", "PYTHONSAFEPATH", "__PYVENV_LAUNCHER__"}
)


class _Terminated(BaseException):
    """SIGTERM or Ctrl-C came."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def main(argv: Sequence[str]) -> Never:
    """Prepare the environment of the job and become its inner stage; ends the process otherwise."""
    arguments = parse(argv)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _raise_terminated)
    try:
        python = _prepare(arguments)
    except _Terminated as terminated:
        _end_by_signal(arguments.folder, arguments.attempt, terminated.number)
    _become_inner_stage(python, argv, arguments)


def _prepare(arguments: Arguments) -> Path:
    plan = _read_plan(arguments)
    with Installing(arguments, plan) as installing:
        try:
            return _environment(plan, arguments, installing.say)
        except (HawkError, OSError) as error:
            installing.say(str(error))
            _fail(arguments, plan.launch, error)


def _environment(plan: RunPlan, arguments: Arguments, say: Callable[[str], None]) -> Path:
    lock = plan.lock if plan.lock is not None else _resolve(plan, arguments, say)
    try:
        return ensure_environment(plan, log=say, lock_text=lock)
    except PackageVanished as vanished:
        # Withdrawn since, or told of by one mirror and not by the next: no fault of the config's.
        say(f"{vanished.message} Resolving the packages anew.")
        return ensure_environment(plan, log=say, lock_text=_resolve(plan, arguments, say, again=True))


def _read_plan(arguments: Arguments) -> RunPlan:
    path = arguments.folder / "plan.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=RunPlan)
    except msgspec.DecodeError as error:
        print(f"{path} is not a plan that this Hawk understands: {error}", file=sys.stderr)  # noqa: T201
        raise SystemExit(EXIT_NEVER_WORKS) from error


def _resolve(plan: RunPlan, arguments: Arguments, say: Callable[[str], None], *, again: bool = False) -> str:
    """The lock of a plan that has none; a later attempt of the launch uses what the first one found."""
    from hawk.packages.unlocked import lock_plan

    path = arguments.folder / _LOCK
    if arguments.attempt > 1 and path.exists() and not again:
        return path.read_text()
    path.unlink(missing_ok=True)
    lock = lock_plan(plan, say, again=again)
    replace_text(path, lock)
    return lock


def _fail(arguments: Arguments, launch: int, error: HawkError | OSError) -> Never:
    code = EXIT_NEVER_WORKS if isinstance(error, PackageProblem) else EXIT_TRY_AGAIN
    _write_outcome(arguments.folder, Outcome(launch, arguments.attempt, code, _reason(error)))
    raise SystemExit(code)


def _reason(error: HawkError | OSError) -> str:
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return "The disk is full. Free some space, then resume the job."
    return str(error)


def _write_outcome(folder: Path, outcome: Outcome) -> None:
    try:
        replace_text(folder / "outcome.json", msgspec.json.encode(outcome).decode())
    except OSError as error:
        # On a full disk the exit code has to do, and the log says why.
        print(f"The outcome can't be written: {error}", file=sys.stderr)  # noqa: T201


def _raise_terminated(number: int, _frame: FrameType | None) -> None:
    raise _Terminated(number)


def _end_by_signal(folder: Path, attempt: int, number: int) -> Never:
    """End as the signal would have ended it, so that whoever waits sees which one it was."""
    launch = msgspec.json.decode((folder / "plan.json").read_bytes(), type=RunPlan).launch
    reason = "Stopped while its packages were being installed."
    _write_outcome(folder, Outcome(launch, attempt, 128 + number, reason, stopped=True))
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    raise SystemExit(128 + number)


def _become_inner_stage(python: Path, argv: Sequence[str], arguments: Arguments) -> Never:
    for descriptor in (arguments.secrets_fd, arguments.alive_fd, arguments.log_fd):
        if descriptor is not None:
            os.set_inheritable(descriptor, True)  # noqa: FBT003 - it has no other form
    # -P: what lies in the working folder must not be imported in place of what the lock names.
    command = [str(python), "-P", "-m", _INNER, *argv]
    os.execve(python, command, _inner_environment(os.environ, python))  # noqa: S606 - no shell is wanted


def _inner_environment(environ: Mapping[str, str], python: Path) -> dict[str, str]:
    environment = {k: v for k, v in environ.items() if k not in _OF_THE_OUTER_PYTHON}
    environment["VIRTUAL_ENV"] = str(python.parent.parent)
    environment["PATH"] = os.pathsep.join([str(python.parent), *_path_without_outer_venv(environ)])
    return environment


def _path_without_outer_venv(environ: Mapping[str, str]) -> list[str]:
    outer = os.path.dirname(sys.executable) if sys.prefix != sys.base_prefix else None  # noqa: PTH120
    return [part for part in environ.get("PATH", os.defpath).split(os.pathsep) if part and part != outer]
