"""Packages, wheels and plans that tests make in their own folder, without a network."""

from __future__ import annotations

import hashlib
import zipfile
from datetime import UTC, datetime
from pathlib import Path

from hawk.specs.plan import RunPlan

_BACKEND = """
import os, pathlib, tomllib, zipfile

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    here = pathlib.Path(__file__).parent
    project = tomllib.loads((here / "pyproject.toml").read_text())["project"]
    if project.get("description") == "broken":
        raise RuntimeError("the compiler is on holiday")
    with open(here.parent / "builds.txt", "a") as log:
        print(project["name"], dict(os.environ), file=log)
    name = project["name"].replace("-", "_")
    named = f"Name: {project['name']}\\nVersion: {project['version']}\\n"
    wheel = f"{name}-{project['version']}-py3-none-any.whl"
    info = f"{name}-{project['version']}.dist-info"
    requires = "".join(f"Requires-Dist: {d}\\n" for d in project.get("dependencies", []))
    with zipfile.ZipFile(pathlib.Path(wheel_directory) / wheel, "w") as z:
        for file in sorted(here.glob("*_module.py")):
            z.write(file, file.name)
        z.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\\n{named}{requires}")
        z.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        z.writestr(f"{info}/RECORD", "")
    return f"{name}-{project['version']}-py3-none-any.whl"
"""


def make_package(
    folder: Path,
    name: str,
    *,
    version: str = "1.0",
    dependencies: tuple[str, ...] = (),
    description: str = "",
    more: str = "",
) -> Path:
    """A package with its own build backend, which notes each build in ``builds.txt`` beside the folder."""
    folder.mkdir(parents=True)
    listed = ", ".join(f'"{d}"' for d in dependencies)
    (folder / "pyproject.toml").write_text(
        f'[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        f'[project]\nname = "{name}"\nversion = "{version}"\ndescription = "{description}"\n'
        f"dependencies = [{listed}]\n{more}"
    )
    (folder / "backend.py").write_text(_BACKEND)
    (folder / f"{name.replace('-', '_')}_module.py").write_text("VALUE = 1\n")
    return folder


def builds(folder: Path) -> list[str]:
    """The names of the packages that were built beside ``folder``, in order."""
    log = folder.parent / "builds.txt"
    return [line.split()[0] for line in log.read_text().splitlines()] if log.exists() else []


def make_wheel(folder: Path, name: str, files: dict[str, str], version: str = "1.0") -> Path:
    """A wheel with these files."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        for file, text in files.items():
            wheel.writestr(file, text)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    return path


def carried(wheels: Path, name: str, files: dict[str, str]) -> str:
    """A wheel as it travels with a job, under ``wheels``; returns the line of a lock that names it."""
    made = make_wheel(wheels, name, files)
    sha256 = hashlib.sha256(made.read_bytes()).hexdigest()
    (wheels / sha256).mkdir(exist_ok=True)
    made.rename(wheels / sha256 / made.name)
    return f"{name} @ hawk-wheel:{sha256}/{made.name}\n"


def make_plan(
    home: Path, hawk_wheel: Path, *, lock: str | None = "", requirements: tuple[str, ...] = ()
) -> RunPlan:
    """A plan of a job whose Hawk is ``hawk_wheel``."""
    return RunPlan(
        job_id="job-1",
        kind="eval-set",
        launch=3,
        installation="here",
        spec={},
        log_dir="logs",
        created_by="me",
        created_at=datetime.now(UTC),
        requirements=requirements,
        lock=lock,
        hawk_wheel=str(hawk_wheel),
        python="",
        environments=str(home / "environments"),
        wheels=str(home / "packages"),
    )
