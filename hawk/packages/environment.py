"""A job's environment: made once for each lock, shared by every job that resolves to the same.

Safe against anything that may end a process. Who builds holds the environment's lock alone (uv
inherits it, so an orphaned uv holds it too), and a marker is written last; without the marker the
folder is made again. Who uses it shares the lock, which keeps it from being pruned.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

from hawk.errors import PackageProblem, PackageVanished, Unavailable
from hawk.packages.files import open_lock, replace_text
from hawk.packages.prune import MARKER, prune
from hawk.packages.versions import is_this_version
from hawk.specs.plan import WHEEL_SCHEME, RunPlan

_LOCK = "requirements.lock"
_RETRY = 0.1
_UNUSED_DAYS, _ALL_BYTES = 60, 50_000_000_000

Log = Callable[[str], None]


def ensure_environment(plan: RunPlan, *, log: Log, lock_text: str) -> Path:
    """The Python of the environment that has all of ``lock_text`` and Hawk; made if it isn't there.

    Who makes one removes those that nobody used for long: a cache grows only then.
    Until this process ends (and what it execs, for the descriptor is inheritable) the environment
    is in use, and not pruned. Raises :class:`PackageVanished` where the index lacks what the lock
    names, :class:`PackageProblem` where it can never be made for another reason, and
    :class:`Unavailable` where the network or the disk failed.
    """
    environments = Path(plan.environments)
    environment = environments / _key(plan, lock_text)
    lock = open_lock(environments, environment.name)
    try:
        made = _share_complete(environment, lock, log, lambda: _make(environment, plan, lock_text, log, lock))
    except BaseException:
        os.close(lock)
        raise
    os.set_inheritable(lock, True)  # noqa: FBT003 - it has no other form
    os.utime(environment / MARKER)
    if made:
        prune_unused(environments.parent, log)
    return _python(environment)


def _key(plan: RunPlan, lock_text: str) -> str:
    system = os.uname()
    digest = hashlib.sha256()
    python = f"{_python_identity(plan.python)} {system.sysname} {system.machine}"
    for part in (lock_text.encode(), Path(plan.hawk_wheel).read_bytes(), python.encode()):
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()[:20]


def _python_identity(python: str) -> str:
    if is_this_python(python):
        return f"{sys.implementation.cache_tag} {sys.version} {sys.base_prefix}"
    return os.path.realpath(python) if "/" in python else python


def is_this_python(python: str) -> bool:
    """Whether a plan's Python (a version or a path) is the one that runs now."""
    if "/" in python:
        return os.path.realpath(python) == os.path.realpath(sys.executable)
    return is_this_version(python)


def _share_complete(environment: Path, lock: int, log: Log, make: Callable[[], None]) -> bool:
    """Share the lock of a complete environment; who finds it incomplete makes it, holding the lock alone.

    Returns whether it was made now.
    """
    made = False
    while True:
        _share(lock, log)
        if _is_complete(environment):
            return made
        fcntl.flock(lock, fcntl.LOCK_UN)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # Another one makes it, or a job still runs in what is left of it.
            time.sleep(_RETRY)
            continue
        if not _is_complete(environment):
            make()
            made = True


def prune_unused(home: Path, log: Log) -> None:
    """Remove from the caches of packages what nobody used for long. What hinders it is logged only."""
    try:
        for path in prune(home, _UNUSED_DAYS, _ALL_BYTES):
            log(f"Removed {path} from the cache: nobody used it for long")
    except OSError as error:
        log(f"What nobody used for long could not be removed from the cache: {error}")


def _share(lock: int, log: Log) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        log("Waiting for another job that makes the same environment")
        fcntl.flock(lock, fcntl.LOCK_SH)


def _is_complete(environment: Path) -> bool:
    # The interpreter is a link, which dangles when the Python that it was made from is gone.
    return (environment / MARKER).exists() and _python(environment).exists()


def _python(environment: Path) -> Path:
    return environment / "bin" / "python"


def _make(environment: Path, plan: RunPlan, lock_text: str, log: Log, lock: int) -> None:
    from hawk.packages.failures import Failure, classify, package_error
    from hawk.packages.redaction import redact
    from hawk.packages.uv import UvFailed, run_uv

    if environment.exists():
        shutil.rmtree(environment)
    log("Making the environment")
    python = sys.executable if is_this_python(plan.python) else plan.python

    def say(line: str) -> None:
        log(redact(line))

    try:
        run_uv(
            ["venv", "--no-project", "--python", python, str(environment)],
            folder=Path("/"),
            log=say,
            keep=[lock],
        )
        replace_text(environment / _LOCK, _with_paths(lock_text, Path(plan.wheels)))
        install = ["pip", "install", "--python", str(_python(environment)), "--no-deps", "--compile-bytecode"]
        run_uv(
            [*install, "-r", str(environment / _LOCK), plan.hawk_wheel],
            folder=Path("/"),
            log=say,
            keep=[lock],
            resolving=False,
        )
    except UvFailed as failed:
        error = package_error(failed, "installing the packages")
        if classify(failed.output) == Failure.NOT_FOUND:
            raise PackageVanished(error.message, fix=error.fix) from failed
        raise error from failed
    replace_text(environment / MARKER, "")


def _with_paths(lock_text: str, wheels: Path) -> str:
    """The lock with the wheels' places on this machine."""
    lines: list[str] = []
    for line in lock_text.splitlines():
        head, scheme, rest = line.partition(WHEEL_SCHEME)
        if scheme:
            address, space, marker = rest.partition(" ")
            rest = f"{wheel_of_job(wheels, address).as_uri()}{space}{marker}"
        lines.append(head + rest)
    return "\n".join(lines) + "\n"


def wheel_of_job(wheels: Path, address: str) -> Path:
    """The wheel at ``SHA256/FILE`` under ``wheels``, checked against its hash."""
    sha256, _, filename = address.partition("/")
    path = wheels / sha256 / filename
    if {"..", ""} & {sha256, filename} or "/" in filename:
        raise PackageProblem(f"`{address}` does not name a wheel of this job.", fix="Submit the job again.")
    if not path.exists():
        raise Unavailable(f"The wheel {filename} of this job is not at {path}.", fix="Submit the job again.")
    if hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        raise Unavailable(f"The wheel {path} is damaged.", fix="Submit the job again.")
    return path
