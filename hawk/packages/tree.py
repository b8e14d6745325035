"""What a package's folder holds, as one hash: the key of the wheel that is built from it."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

_CACHES = frozenset(
    {".git", ".hg", ".venv", "venv", "__pycache__", ".eggs", ".tox", ".nox", "node_modules", ".DS_Store"}
    | {".pytest_cache", ".ruff_cache", ".mypy_cache", ".hypothesis"}
)
_BUILDS = frozenset({"build", "dist"})
_NOT_OURS = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"})


def tree_hash(folder: Path, only: Iterable[str] = ()) -> str:
    """SHA-256 over names, modes and contents of the files that make up a package.

    These are what git would list (tracked or not, ignored ones left out), else all files but
    environments, caches and builds. ``only`` keeps those under the named files and folders.
    """
    kept = tuple(only)
    digest = hashlib.sha256()
    for name in sorted(package_files(folder)):
        if kept and not any(name == k or name.startswith(f"{k}/") for k in kept):
            continue
        path = folder / name
        content = os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
        executable = b"x" if os.access(path, os.X_OK) else b"-"
        for part in (os.fsencode(name), executable, content):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def package_files(folder: Path) -> set[str]:
    """The names of a package's files, relative to its folder."""
    names = _git_files(folder)
    # A folder that git ignores as a whole lists nothing, and is a package all the same.
    if not names & {"pyproject.toml", "setup.py"}:
        names = set(_all_files(folder))
    return {n for n in names if (folder / n).is_symlink() or (folder / n).is_file()}


def _git_files(folder: Path) -> set[str]:
    command = ["git", "-C", str(folder), "ls-files", "-co", "--exclude-standard", "-t", "-z"]
    # Inside a hook of git these name the repository of the hook.
    environment = {k: v for k, v in os.environ.items() if k not in _NOT_OURS}
    try:
        listed = subprocess.run(command, capture_output=True, check=True, env=environment).stdout
    except (OSError, subprocess.CalledProcessError):
        return set()
    entries = [(e[:1], os.fsdecode(e[2:])) for e in listed.split(b"\0") if e]
    names = {name for tag, name in entries if tag != b"?" or not _is_left_out(name)}
    modules = {n for n in names if (folder / n).is_dir() and not (folder / n).is_symlink()}
    inner = {f"{module.rstrip('/')}/{n}" for module in modules for n in package_files(folder / module)}
    return (names - modules) | inner


def _all_files(folder: Path) -> Iterator[str]:
    for parent, folders, files in os.walk(folder):
        folders[:] = [f for f in folders if f not in _CACHES]
        names = (os.path.relpath(Path(parent) / file, folder) for file in files)
        yield from (name for name in names if not _is_left_out(name))


def _is_left_out(name: str) -> bool:
    *folders, file = name.split("/")
    if folders and folders[0] in _BUILDS:
        return True
    return file.endswith(".pyc") or any(f in _CACHES or f.endswith(".egg-info") for f in folders)
