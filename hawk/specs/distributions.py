"""What one requirement string names: a distribution, a URL, or a file or folder of this machine."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from hawk.specs.found import found

_NAMED_URL = re.compile(r"\s*([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*@\s*(\S.*)", re.ASCII)
_NAME = re.compile(r"\s*([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)\s*(?:[\[<>=!~;(,@]|\s|$)", re.ASCII)
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_ARCHIVE = re.compile(r"(.+?)-\d[^/]*(?:\.whl|\.tar\.gz|\.zip)", re.ASCII)
_INSPECT = "inspect-ai"

REQUIREMENT_PATTERN = r"^\s*[^\s\-]"
"""What a requirement starts with, for the schema: no option of an installer."""


def is_local_path(requirement: str) -> bool:
    """Whether the requirement is a file or a folder of the machine where it was written."""
    return local_path(requirement) is not None


def local_path(requirement: str) -> Path | None:
    """The file or folder that a requirement names, None where it names something else.

    That is ``/…``, ``./…``, ``../…``, ``.``, ``~…``, ``file:…`` and ``name @ file:…``. A relative path
    stays relative: only the caller knows to what.
    """
    text = requirement.strip()
    named = _NAMED_URL.fullmatch(text)
    if named and named[2].startswith("file:"):
        text = named[2]
    if text.startswith("file:"):
        return Path(unquote(urlsplit(text.partition(" ")[0]).path))
    plain = re.sub(r"\[[\w\s,.-]*\]\Z", "", text, flags=re.ASCII)
    if plain == "~" or plain.startswith("~/"):
        return Path(plain).expanduser()
    return Path(plain) if plain in {".", ".."} or plain.startswith(("/", "./", "../", "~")) else None


def distribution_name(requirement: str) -> str | None:
    """The normalised name of what a requirement installs, None where only a build would tell."""
    text = requirement.strip()
    named = _NAMED_URL.fullmatch(text)
    if named:
        return _normal(named[1])
    if _URL.match(text):
        return _name_in_url(text)
    if is_local_path(text):
        return _name_of_archive(text.rsplit("/", 1)[-1])
    name = _NAME.match(text)
    return _normal(name[1]) if name else None


def requirement_fault(text: str) -> str | None:
    """What keeps ``text`` from being one requirement, None if nothing does."""
    if not text.strip():
        return f"expected a package, found {found(text)}"
    if text.lstrip().startswith("-"):
        return f"expected a package, found {found(text)}, which is an option of an installer"
    if not text.isprintable():
        return f"expected a package on one line, found {found(text)}"
    return None


def inspect_fault(text: str) -> str | None:
    """Why a group's ``package`` can't be Inspect by another name, None if it isn't Inspect."""
    if distribution_name(text) != _INSPECT:
        return None
    return (
        f"expected a package of yours, or {_INSPECT} for what Inspect has built in, found {found(text)}, "
        "which would replace the runner's Inspect: to ask for a version, put it under `packages`"
    )


def _name_in_url(url: str) -> str | None:
    parts = urlsplit(url)
    egg = re.search(r"(?:^|&)egg=([^&\[]+)", parts.fragment)
    if egg:
        return _normal(egg[1])
    last = unquote(parts.path).rstrip("/").rsplit("/", 1)[-1]
    archive = _name_of_archive(last)
    if archive or not url.startswith(("git+", "git:")):
        return archive
    return _normal(last.partition("@")[0].removesuffix(".git"))


def _name_of_archive(file: str) -> str | None:
    archive = _ARCHIVE.fullmatch(file)
    return _normal(archive[1]) if archive else None


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
