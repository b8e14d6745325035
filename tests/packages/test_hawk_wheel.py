"""The running Hawk as a wheel."""

from __future__ import annotations

import csv
import subprocess
import sys
import zipfile
from pathlib import Path

from packaging.requirements import Requirement

from hawk import __version__
from hawk.packages.hawk_wheel import hawk_wheel, runner_requirements
from hawk.packages.uv import find_uv

_PACK = """
import pathlib, sys
from hawk.packages.hawk_wheel import hawk_wheel
print(hawk_wheel(pathlib.Path(sys.argv[1])))
"""


def test_the_wheel_of_a_source_tree_has_its_code(tmp_path: Path) -> None:
    said: list[str] = []
    wheel = hawk_wheel(tmp_path, said.append)
    assert wheel.name == f"hawk-{__version__}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        assert "hawk/packages/hawk_wheel.py" in archive.namelist()
    assert len(said) == 1
    assert hawk_wheel(tmp_path, said.append) == wheel
    assert len(said) == 1


def test_an_installed_hawk_packs_itself_again(tmp_path: Path) -> None:
    """Installed from a wheel, without its tree: what it packs installs, and packs the same again."""
    first = _packed_by_installed(hawk_wheel(tmp_path / "home"), tmp_path / "one")
    with zipfile.ZipFile(first) as archive:
        names = archive.namelist()
        record = {row[0]: row for row in csv.reader(archive.read(_record(names)).decode().splitlines())}
    assert set(record) == set(names)
    assert not [name for name in names if name.endswith((".pyc", "direct_url.json"))]
    second = _packed_by_installed(first, tmp_path / "two")
    assert second.read_bytes() == first.read_bytes()


def _packed_by_installed(wheel: Path, folder: Path) -> Path:
    """Install a wheel into a new environment, and let that Hawk make its own wheel."""
    quiet = ["--quiet", "--offline"]
    environment = folder / "env"
    subprocess.run([find_uv(), "venv", *quiet, "--python", sys.executable, str(environment)], check=True)
    python = environment / "bin" / "python"
    install = [find_uv(), "pip", "install", *quiet, "--no-deps", "--python", str(python), str(wheel)]
    subprocess.run(install, check=True)
    _borrow_dependencies(environment)
    made = subprocess.run(
        [python, "-P", "-c", _PACK, str(folder / "home")],
        check=True,
        capture_output=True,
        text=True,
        cwd=folder,
    )
    return Path(made.stdout.strip())


def _borrow_dependencies(environment: Path) -> None:
    import msgspec
    import packaging

    (site,) = environment.glob("lib/python*/site-packages")
    for module in (msgspec, packaging):
        assert module.__file__
        folder = Path(module.__file__).parent
        (site / folder.name).symlink_to(folder)


def _record(names: list[str]) -> str:
    return next(name for name in names if name.endswith(".dist-info/RECORD"))


def test_the_runners_requirements_are_plain_and_not_hawk() -> None:
    requirements = [Requirement(line) for line in runner_requirements()]
    names = [requirement.name for requirement in requirements]
    assert {"msgspec", "inspect-ai"} <= set(names)
    assert "hawk" not in names
    assert "litestar" not in names
    assert all(requirement.marker is None for requirement in requirements)


def test_markers_are_evaluated_for_the_runners_python() -> None:
    assert any(line.startswith("zipfile-zstd") for line in runner_requirements("3.12"))
    assert not any(line.startswith("zipfile-zstd") for line in runner_requirements("3.14"))
