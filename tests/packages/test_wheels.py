"""Local packages become wheels as they are, and only when they changed."""

from __future__ import annotations

import subprocess
import threading
import zipfile
from pathlib import Path

import pytest

from hawk.errors import PackageProblem
from hawk.packages.tree import package_files, tree_hash
from hawk.packages.wheels import WheelFile, local_wheel

from .throwaway import builds, make_package


def build(source: Path, tmp_path: Path) -> WheelFile:
    return local_wheel(source, tmp_path / "home", "", lambda _: None)


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=n", "-c", "user.email=e@example.com"]
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)


def content(wheel: WheelFile, member: str) -> str:
    with zipfile.ZipFile(wheel.path) as archive:
        return archive.read(member).decode()


def test_an_unchanged_package_is_built_once(tmp_path: Path) -> None:
    package = make_package(tmp_path / "pkg", "alpha")
    first, second = build(package, tmp_path), build(package, tmp_path)
    assert first == second
    assert builds(package) == ["alpha"]


def test_a_dirty_tree_is_what_goes_into_the_wheel(tmp_path: Path) -> None:
    package = make_package(tmp_path / "pkg", "alpha")
    git(package, "init", "-q")
    git(package, "add", ".")
    git(package, "commit", "-qm", "x")
    clean = build(package, tmp_path)
    (package / "alpha_module.py").write_text("VALUE = 2\n")
    (package / "new_module.py").write_text("NEW = 1\n")
    dirty = build(package, tmp_path)
    assert dirty.sha256 != clean.sha256
    assert content(dirty, "alpha_module.py") == "VALUE = 2\n"
    assert content(dirty, "new_module.py") == "NEW = 1\n"


def test_what_git_ignores_and_caches_change_nothing(tmp_path: Path) -> None:
    package = make_package(tmp_path / "pkg", "alpha")
    git(package, "init", "-q")
    (package / ".gitignore").write_text("*.log\n")
    before = tree_hash(package)
    (package / "run.log").write_text("noise")
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "x.pyc").write_text("noise")
    (package / "alpha.egg-info").mkdir()
    (package / "alpha.egg-info" / "PKG-INFO").write_text("noise")
    assert tree_hash(package) == before


@pytest.mark.parametrize("where", [".venv/lib/x.py", "dist/x.whl", "build/lib/x.py", "src/__pycache__/x.pyc"])
def test_without_git_environments_and_builds_are_left_out(tmp_path: Path, where: str) -> None:
    package = make_package(tmp_path / "pkg", "alpha")
    before = tree_hash(package)
    (package / where).parent.mkdir(parents=True)
    (package / where).write_text("noise")
    assert tree_hash(package) == before


def test_a_module_named_build_is_part_of_the_package(tmp_path: Path) -> None:
    package = make_package(tmp_path / "pkg", "alpha")
    (package / "alpha" / "build").mkdir(parents=True)
    (package / "alpha" / "build" / "x.py").write_text("")
    assert "alpha/build/x.py" in package_files(package)


def test_a_renamed_file_and_a_removed_one_change_the_hash(tmp_path: Path) -> None:
    package = make_package(tmp_path / "pkg", "alpha")
    git(package, "init", "-q")
    git(package, "add", ".")
    original = tree_hash(package)
    (package / "alpha_module.py").rename(package / "beta_module.py")
    renamed = tree_hash(package)
    (package / "beta_module.py").unlink()
    assert len({original, renamed, tree_hash(package)}) == 3


def test_a_package_in_a_folder_that_git_ignores_is_hashed_all_the_same(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / ".gitignore").write_text("scratch/\n")
    package = make_package(tmp_path / "scratch" / "pkg", "alpha")
    before = tree_hash(package)
    (package / "alpha_module.py").write_text("VALUE = 2\n")
    assert tree_hash(package) != before


def test_many_builds_at_once_are_one(tmp_path: Path) -> None:
    package = make_package(tmp_path / "pkg", "alpha")
    found: list[WheelFile] = []
    threads = [threading.Thread(target=lambda: found.append(build(package, tmp_path))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1
    assert builds(package) == ["alpha"]


def test_setuptools_leaves_nothing_in_the_users_tree(tmp_path: Path) -> None:
    package = tmp_path / "pkg"
    package.mkdir()
    (package / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
        '[project]\nname = "old"\nversion = "1"\n[tool.setuptools]\npy-modules = ["one"]\n'
    )
    (package / "one.py").write_text("")
    build(package, tmp_path)
    assert sorted(p.name for p in package.iterdir()) == ["one.py", "pyproject.toml"]


def test_a_wheel_is_taken_as_it_is(tmp_path: Path) -> None:
    built = build(make_package(tmp_path / "pkg", "alpha"), tmp_path)
    taken = local_wheel(built.path, tmp_path / "other", "", lambda _: None)
    assert taken == built
    assert not (tmp_path / "other").exists()


def test_a_package_that_does_not_build_says_why_and_where(tmp_path: Path) -> None:
    package = make_package(tmp_path / "pkg", "alpha", description="broken")
    with pytest.raises(PackageProblem) as caught:
        build(package, tmp_path)
    assert str(package) in caught.value.message
    assert "the compiler is on holiday" in caught.value.message
    assert "Traceback" not in str(caught.value)
    assert list((tmp_path / "home" / "wheels").glob("[!.]*")) == []


def test_a_folder_without_pyproject_is_named(tmp_path: Path) -> None:
    with pytest.raises(PackageProblem, match=r"has no pyproject\.toml"):
        build(tmp_path, tmp_path)


def test_builds_do_not_see_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-very-secret")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    package = make_package(tmp_path / "pkg", "alpha")
    build(package, tmp_path)
    seen = (tmp_path / "builds.txt").read_text()
    assert "'HOME'" in seen
    assert "sk-very-secret" not in seen
    assert "/nowhere" not in seen
