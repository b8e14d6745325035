"""What uv's failures mean: whose fault, in one or two lines, and whether another try may work.

What can never work is a :class:`PackageProblem`; what the network, a server or the disk did is
:class:`Unavailable`, and worth a retry. Everything is read from uv's text, for it has no codes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum

from hawk.errors import HawkError, PackageProblem, Unavailable
from hawk.packages.uv import UvFailed
from hawk.packages.uv_output import (
    causes,
    clean,
    explanation,
    git_said,
    last_useful_lines,
    not_found,
    subject,
)

SKIP = "--skip-dependency-validation"


class Failure(StrEnum):
    """The kinds of failure, in the order in which they are looked for."""

    OLD_UV = "old uv"
    DISK = "disk"
    TIMEOUT = "timeout"
    ACCESS = "access"
    NO_GIT = "no git"
    NETWORK = "network"
    GIT = "git"
    BUILD = "build"
    PYTHON = "python"
    NOT_FOUND = "not found"
    CONFLICT = "conflict"
    INVALID = "invalid"
    OTHER = "other"


_PATTERNS: tuple[tuple[Failure, str], ...] = (
    (Failure.OLD_UV, r"unexpected argument '--"),
    (Failure.DISK, r"no space left on device|disk quota exceeded|\(os error 28\)"),
    (
        Failure.ACCESS,
        r"\b40[13] (?:unauthorized|forbidden)|authentication failed|could not read (?:username|password)"
        r"|permission denied \(publickey|host key verification failed|terminal prompts disabled",
    ),
    (Failure.NO_GIT, r"git executable not found|ensure that git is installed"),
    (
        Failure.NETWORK,
        r"dns error|could not resolve host|failed to lookup address|client error \(connect\)"
        r"|connection (?:refused|reset|closed|timed out)|tcp connect error|error sending request"
        r"|network is unreachable|operation timed out|request timed out|http status server error"
        r"|429 too many requests|network was disabled|error decoding response body",
    ),
    (Failure.GIT, r"git operation failed|git fetch|failed to clone"),
    (
        Failure.BUILD,
        r"failed to build|build backend returned|failed to download and build"
        r"|does not appear to be a python project",
    ),
    (Failure.PYTHON, r"requested python version|no interpreter found"),
    (
        Failure.NOT_FOUND,
        r"was not found in|there (?:is|are) no versions? of|404 not found|no (?:usable )?wheels",
    ),
    (Failure.CONFLICT, r"no solution found|conflict"),
    (Failure.INVALID, r"couldn't parse|failed to parse|expected |unexpected "),
)

_RETRYABLE = frozenset({Failure.DISK, Failure.TIMEOUT, Failure.NETWORK})

_FIXES = {
    Failure.OLD_UV: "Update it with `pip install --upgrade uv`.",
    Failure.DISK: "Free some space, then try again.",
    Failure.TIMEOUT: "Try again.",
    Failure.ACCESS: "Give git or uv credentials for it.",
    Failure.NO_GIT: "Install git, then try again.",
    Failure.NETWORK: "Check the network and the proxy settings.",
    Failure.GIT: "Check the address and the revision.",
    Failure.BUILD: "Fix the package, or name a version that has a wheel.",
    Failure.PYTHON: "Name versions that run on the runner's Python.",
    Failure.NOT_FOUND: "Check its name and version.",
    Failure.CONFLICT: "Change the versions that the config names so that they fit together.",
    Failure.INVALID: "Write packages as pip does: `name`, `name==1.0`, a path, or `git+https://…`.",
    Failure.OTHER: "Run `uv pip compile` on the config's packages to see all of it.",
}

_RUNNER_MAY_DIFFER = frozenset(
    {Failure.TIMEOUT, Failure.ACCESS, Failure.GIT, Failure.NOT_FOUND, Failure.NETWORK}
)
"""Failures of this machine's reach: the runner may have what is missing here."""


def classify(output: str) -> Failure:
    """The kind of a failure, from what uv wrote."""
    text = output.lower()
    return next((kind for kind, pattern in _PATTERNS if re.search(pattern, text)), Failure.OTHER)


def package_error(
    failed: UvFailed, doing: str, *, runner: tuple[str, ...] = (), submitting: bool = False
) -> HawkError:
    """The error to raise for a failed uv. ``doing`` completes "… while": "resolving the packages".

    ``runner`` are the requirements of Hawk's own runner, named where a conflict is with them.
    ``submitting`` says that the runner may yet do what failed here, and how to let it.
    """
    kind = Failure.TIMEOUT if failed.timeout else classify(failed.output)
    text = clean(failed.output)
    message = _message(kind, text, doing, failed.timeout) + _runners_part(kind, text, runner)
    error = Unavailable if kind in _RETRYABLE else PackageProblem
    may_skip = submitting and kind in _RUNNER_MAY_DIFFER
    return error(
        message, fix=_FIXES[kind] + (f" If the runner can reach it, submit with {SKIP}." if may_skip else "")
    )


def _message(kind: Failure, text: str, doing: str, timeout: float | None) -> str:
    words: dict[Failure, Callable[[], str]] = {
        Failure.OLD_UV: lambda: "The uv on this machine is too old for Hawk.",
        Failure.DISK: lambda: f"The disk is full: uv could not go on while {doing}.",
        Failure.TIMEOUT: lambda: f"uv did not finish within {timeout or 0:.0f} s while {doing}.",
        Failure.ACCESS: lambda: f"Access was refused to {subject(text)}: {causes(text)}.",
        Failure.NO_GIT: lambda: f"git was not found, and {subject(text)} comes from a git repository.",
        Failure.NETWORK: lambda: f"The network failed while {doing}: {causes(text)}.",
        Failure.GIT: lambda: f"git could not fetch {subject(text)}: {git_said(text)}.",
        Failure.BUILD: lambda: f"{subject(text)} does not build: {last_useful_lines(text)}",
        Failure.PYTHON: lambda: f"The packages do not fit the runner's Python: {explanation(text)}.",
        Failure.NOT_FOUND: lambda: not_found(text),
        Failure.CONFLICT: lambda: f"The packages do not fit together: {explanation(text)}.",
    }
    return words.get(kind, lambda: f"uv failed while {doing}: {causes(text)}.")()


def _runners_part(kind: Failure, text: str, runner: tuple[str, ...]) -> str:
    if kind not in {Failure.CONFLICT, Failure.PYTHON}:
        return ""
    named = [r for r in runner if re.search(rf"\b{re.escape(_name(r))}\b", text)]
    return f" Hawk's runner needs {', '.join(named)}." if named else ""


def _name(requirement: str) -> str:
    return re.split(r"[^\w.-]", requirement, maxsplit=1)[0]
