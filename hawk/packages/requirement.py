"""Tells the packages that lie on this machine from those that uv fetches."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec

from hawk.errors import PackageProblem

_NAMED = re.compile(r"^\s*(?P<name>[A-Za-z0-9][\w.-]*)\s*(?:\[(?P<extras>[^\]]*)\])?\s*@\s*(?P<place>\S.*)$")
_EXTRAS = re.compile(r"^(?P<place>.*?)\s*\[(?P<extras>[\w\s,.-]+)\]$")


class LocalPackage(msgspec.Struct, frozen=True):
    """A package as a folder or a file of this machine. ``marker`` is what followed a semicolon."""

    path: Path
    extras: tuple[str, ...] = ()
    marker: str = ""

    def at(self, name: str, address: str) -> str:
        """The requirement that names this package at another address."""
        extras = f"[{','.join(self.extras)}]" if self.extras else ""
        return f"{name}{extras} @ {address}" + (f" ; {self.marker}" if self.marker else "")


def local_package(text: str, base: Path) -> LocalPackage | None:
    """The local package that a requirement names, None where it is a name or a remote address.

    A relative path is meant from ``base``, else from the working folder. Raises
    :class:`PackageProblem` where there is nothing at the path.
    """
    _refuse_options(text)
    requirement, _, marker = (part.strip() for part in _split_marker(text))
    named = _NAMED.match(requirement)
    place, extras = (named["place"], named["extras"]) if named else (requirement, None)
    bracketed = None if named else _EXTRAS.match(requirement)
    if bracketed:
        place, extras = bracketed["place"], bracketed["extras"]
    if not _is_local(place):
        return None
    listed = tuple(e.strip() for e in (extras or "").split(",") if e.strip())
    return LocalPackage(_existing(_as_path(place), base, text), listed, marker)


def _refuse_options(text: str) -> None:
    if text.lstrip().startswith("-") or "\n" in text or not text.strip():
        raise PackageProblem(
            f"`{text.strip()}` is not a package.",
            fix="Name one package: `name`, `name==1.0`, a path, or `git+https://…`; options are uv's own.",
        )


def _split_marker(text: str) -> tuple[str, str, str]:
    # A semicolon may be part of an address, so there the marker needs a space before it (PEP 508).
    return text.partition(" ;" if "://" in text or "/" in text else ";")


def _is_local(place: str) -> bool:
    if place.startswith("file:"):
        return True
    if "://" in place:
        return False
    return (
        place in {".", ".."} or place.startswith(("./", "../", "/", "~")) or "/" in place or _is_file(place)
    )


def _is_file(place: str) -> bool:
    return place.endswith((".whl", ".tar.gz", ".zip"))


def _as_path(place: str) -> Path:
    if place.startswith("file:"):
        place = unquote(urlsplit(place).path)
    return Path(place).expanduser()


def _existing(path: Path, base: Path, text: str) -> Path:
    tried = [path] if path.is_absolute() else [base / path, Path.cwd() / path]
    for candidate in tried:
        if candidate.exists():
            return candidate.resolve()
    places = " nor ".join(dict.fromkeys(str(candidate.absolute()) for candidate in tried))
    raise PackageProblem(
        f"The package `{text}` is not there: no {places}.",
        fix="Write its path relative to the config, or start in the folder that has it.",
    )
