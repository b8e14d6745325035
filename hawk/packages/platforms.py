"""The platforms that packages are resolved for, by uv's names for them."""

from __future__ import annotations

import os
import sys

from hawk.packages.hawk_wheel import runner_requirements
from hawk.packages.lock import RunnerTarget
from hawk.packages.versions import this_version


def this_platform() -> str:
    """This machine as uv's ``--python-platform`` names it, such as ``x86_64-unknown-linux-gnu``."""
    machine = os.uname().machine.replace("arm64", "aarch64")
    if sys.platform == "darwin":
        return f"{machine}-apple-darwin"
    return f"{machine}-unknown-linux-{'gnu' if _has_glibc() else 'musl'}"


def this_runner() -> RunnerTarget:
    """What a job on this machine runs on: this Python, this platform, and this Hawk's runner."""
    return RunnerTarget(this_version(), this_platform(), runner_requirements())


def _has_glibc() -> bool:
    try:
        return "glibc" in (os.confstr("CS_GNU_LIBC_VERSION") or "")
    except (OSError, ValueError):
        return False
