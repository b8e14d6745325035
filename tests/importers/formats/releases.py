"""Logs of Inspect releases on each side of every change of the format, made once and kept."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

MAKER = Path(__file__).with_name("maker")


class Release(msgspec.Struct, frozen=True):
    """A release of Inspect, the day its requirements are resolved as of, and what it stands for.

    Without a day it is the release that Hawk itself is installed with.
    """

    version: str
    day: str | None
    why: str
    script: str = "make_logs.py"


RELEASES = [
    Release("0.3.16", "2024-06-26", "samples have one score, without a name", "make_first_logs.py"),
    Release("0.3.42", "2024-11-01", "the last with events in a transcript of its own, JSON by default"),
    Release("0.3.43", "2024-11-08", "the first with archives and attachments"),
    Release(
        "0.3.75", "2025-03-20", "samples have a uuid and durations, messages an id, reasoning is content"
    ),
    Release("0.3.94", "2025-05-08", "the last without eval ids; retries, model roles, spans"),
    Release("0.3.153", "2025-12-07", "the last without sample times; eval set ids, edited scores"),
    Release("0.3.179", "2026-02-14", "the last without cost; sample times, invalidation"),
    Release("0.3.199", "2026-03-19", "version 3: pools beside the events; usage by role, edited tags"),
    Release("0.3.204", "2026-04-04", "the last that deflates; pools in events_data"),
    Release("newest", None, "Zstandard, and whatever the installed release writes"),
]


def logs_of(release: Release, cache: Path) -> Path:
    """The folder of a release's logs. Made where the cache lacks it, by one process at a time."""
    folder = cache / f"{release.version}-{_recipe(release)}"
    cache.mkdir(parents=True, exist_ok=True)
    with _lock(cache / f"{release.version}.lock"):
        if not folder.exists():
            draft = folder.with_name(f"{folder.name}.draft")
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir()
            _make(release, draft)
            draft.rename(folder)
    return folder


def _make(release: Release, folder: Path) -> None:
    if release.day is None:
        _write_logs(sys.executable, release, folder)
        return
    environment = folder.with_name(f"{folder.name}.environment")
    try:
        python = _install(release, environment)
        _write_logs(python, release, folder)
    finally:
        shutil.rmtree(environment, ignore_errors=True)


def _install(release: Release, environment: Path) -> str:
    uv = Path(sys.executable).with_name("uv")
    python = environment / "bin" / "python"
    install = [uv, "pip", "install", "--quiet", "--python", python]
    _run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, environment], environment.parent)
    _run([*install, "--exclude-newer", release.day, f"inspect-ai=={release.version}"], environment.parent)
    return str(python)


def _write_logs(python: str, release: Release, folder: Path) -> None:
    _run([python, str(MAKER / release.script), str(folder)], folder)


def _run(command: list[Any], folder: Path) -> None:
    environ = {**os.environ, "UV_COMPILE_BYTECODE": "0"}
    done = subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, (
        f"{' '.join(map(str, command))}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    )


def _recipe(release: Release) -> str:
    """A name for what made the logs, so that a change of it makes them anew."""
    import inspect_ai

    newest = inspect_ai.__version__ if release.day is None else str(release.day)
    parts = [newest.encode(), *(path.read_bytes() for path in sorted(MAKER.glob("*.py")))]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]


@contextmanager
def _lock(path: Path) -> Generator[None]:
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
