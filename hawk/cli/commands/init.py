"""``hawk init``."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from hawk.cli.output import say, show
from hawk.errors import Conflict

_FILES = {
    "first.eval-set.yaml": "first.eval-set.yaml",
    "first_tasks/pyproject.toml": "pyproject.toml",
    "first_tasks/first_tasks.py": "first_tasks.py.txt",
}


def init(folder: Annotated[Path, Parameter(help="Where to write it; here by default.")] = Path(), /) -> None:
    """Write a first config and a package with its task. It runs as it is, without a network or a key."""
    there = [path for path in map(folder.joinpath, _FILES) if path.exists()]
    if there:
        raise Conflict(
            f"{there[0]} is there already; nothing was written.", fix="Name another folder: hawk init FOLDER"
        )
    for name, template in _FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(files("hawk.cli").joinpath("first", template).read_text("utf-8"))
        show(f"Wrote {path}")
    say(f"Next: hawk eval-set {folder / 'first.eval-set.yaml'}")
