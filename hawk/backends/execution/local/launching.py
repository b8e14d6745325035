"""Starts a supervisor, and hands it its order and the secrets by pipe."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from hawk.backends.execution.local.places import SUPERVISOR_OUTPUT
from hawk.errors import Busy, Conflict, HawkError, Unavailable

_SUPERVISOR = Path(__file__).parent / "supervisor"
_PATIENCE = 30.0


def start_supervisor(folder: Path, order: Mapping[str, object], environment: Mapping[str, str]) -> None:
    """Returns once the launch is recorded and supervised, or was before. Raises what hindered it.

    That is Busy where it may yet be begun, by this supervisor or by one that was started before.
    """
    message = msgspec.json.encode(order)
    with (folder / SUPERVISOR_OUTPUT).open("ab") as errors:
        child = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_SUPERVISOR), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=folder,
            env=dict(environment),
            start_new_session=True,
        )
    try:
        answer, _ = child.communicate(message, timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()  # A supervisor has left this child, and goes on.
        answer = b"busy"
    _check(folder, answer.decode("utf-8", "replace").strip())


def _check(folder: Path, answer: str) -> None:
    if answer != "ok":
        raise _fault(folder, answer)


def _fault(folder: Path, answer: str) -> HawkError:
    word, _, text = answer.partition(" ")
    if word == "taken":
        return Conflict(
            f"An earlier launch of {folder.name} still runs.",
            fix=f"Wait for it with `hawk watch {folder.name}`, or end it with `hawk stop {folder.name}`.",
        )
    if word in {"busy", "ending"}:
        return Busy(
            f"{folder.name} is on its way, on a slow disk.",
            fix=f"See whether it has begun, before you submit it again: hawk status {folder.name}",
        )
    if word == "error":
        return Unavailable(
            f"The job can't be kept in {folder}: {text}.", fix="Check the disk, then try again."
        )
    return Unavailable(
        f"The supervisor of {folder.name} did not start.",
        fix=f"{folder / SUPERVISOR_OUTPUT} has what it said.",
    )
