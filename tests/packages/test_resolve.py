"""Requirements become a lock that names nothing of this machine."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from hawk.errors import HawkError, PackageProblem, Unavailable
from hawk.packages import lock as locking
from hawk.packages import uv
from hawk.packages.resolve import Resolved, RunnerTarget, resolve

from .throwaway import builds, make_package, make_wheel

HERE = RunnerTarget("3.11", "")


def run(tmp_path: Path, *requirements: str, target: RunnerTarget = HERE, validate: bool = True) -> Resolved:
    return resolve(
        requirements, target, home=tmp_path / "home", base=tmp_path, validate=validate, report=lambda _: None
    )


def error_of(tmp_path: Path, *requirements: str, target: RunnerTarget = HERE) -> HawkError:
    with pytest.raises(HawkError) as caught:
        run(tmp_path, *requirements, target=target)
    assert "\n" not in caught.value.message
    assert len(str(caught.value)) < 700
    return caught.value


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")


def test_names_and_local_packages_are_locked_together(tmp_path: Path) -> None:
    make_package(tmp_path / "my pkg", "alpha", dependencies=("six>=1.16",))
    target = RunnerTarget("3.11", "x86_64-unknown-linux-gnu", ("iniconfig",))
    found = run(tmp_path, "./my pkg", "six<2", target=target)
    (wheel,) = found.wheels
    address = f"alpha @ hawk-wheel:{wheel.sha256}/alpha-1.0-py3-none-any.whl"
    assert found.requirements == (address, "six<2")
    assert found.lock is not None
    names = [line.split("==")[0] for line in found.lock.splitlines()]
    assert names == [address, "iniconfig", "six"]
    for trace in (str(tmp_path), "file:", "http", "#"):
        assert trace not in found.lock


def test_an_unchanged_second_run_starts_no_uv(
    tmp_path: Path, offline: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = make_package(tmp_path / "pkg", "alpha")
    first = run(tmp_path, "./pkg")
    monkeypatch.setattr(uv, "find_uv", lambda: "/bin/false")
    second = run(tmp_path, "./pkg")
    assert (first.cached, second.cached) == (False, True)
    assert (second.lock, second.wheels) == (first.lock, first.wheels)
    (package / "alpha_module.py").write_text("VALUE = 2\n")
    with pytest.raises(HawkError):
        run(tmp_path, "./pkg")


def test_a_lock_is_resolved_again_after_a_week(tmp_path: Path, offline: None) -> None:
    make_package(tmp_path / "pkg", "alpha")
    run(tmp_path, "./pkg")
    (cached,) = [p for p in (tmp_path / "home" / "locks").glob("*.txt") if p.name != "excluded.txt"]
    old = time.time() - locking.LOCK_AGE - 1
    os.utime(cached, (old, old))
    assert not run(tmp_path, "./pkg").cached


def test_another_target_is_another_lock(tmp_path: Path, offline: None) -> None:
    make_package(tmp_path / "pkg", "alpha")
    run(tmp_path, "./pkg")
    assert not run(tmp_path, "./pkg", target=RunnerTarget("3.11", "aarch64-apple-darwin")).cached


def test_without_validation_there_is_no_lock_and_no_uv_but_for_builds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = make_wheel(tmp_path, "beta", {"beta.py": ""})
    monkeypatch.setattr(uv, "find_uv", lambda: "/bin/false")
    found = run(tmp_path, f"./{wheel.name}", "nothing-like-this", validate=False)
    assert found.lock is None
    assert found.requirements[0].startswith("beta @ hawk-wheel:")
    assert found.requirements[1] == "nothing-like-this"


def test_sources_beside_a_local_package_come_along(tmp_path: Path, offline: None) -> None:
    sources = (
        '[tool.uv.sources]\nbeta-pkg = {path = "../b", editable = true}\nunused = {path = "../nowhere"}\n'
    )
    make_package(tmp_path / "a", "alpha", dependencies=("Beta_Pkg",), more=sources)
    make_package(tmp_path / "b", "beta-pkg")
    found = run(tmp_path, "./a")
    assert [wheel.name for wheel in found.wheels] == ["alpha", "beta-pkg"]
    assert found.lock is not None
    assert [line.split(" @ hawk-wheel:")[0] for line in found.lock.splitlines()] == ["alpha", "beta-pkg"]
    (tmp_path / "b" / "beta_pkg_module.py").write_text("VALUE = 2\n")
    again = run(tmp_path, "./a", "./b")
    assert again.wheels[1].sha256 != found.wheels[1].sha256


def test_members_of_a_workspace_come_along(tmp_path: Path, offline: None) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.uv.workspace]\nmembers = ["pkgs/*"]\n')
    sources = "[tool.uv.sources]\nbeta = {workspace = true}\n"
    make_package(tmp_path / "pkgs" / "a", "alpha", dependencies=("beta",), more=sources)
    make_package(tmp_path / "pkgs" / "b", "beta")
    assert [wheel.name for wheel in run(tmp_path, "./pkgs/a").wheels] == ["alpha", "beta"]


def test_a_file_address_in_a_packages_metadata_is_built_and_never_stale(
    tmp_path: Path, offline: None
) -> None:
    beta = make_package(tmp_path / "b", "beta")
    make_package(tmp_path / "a", "alpha", dependencies=(f"beta @ {beta.as_uri()}",))
    first = run(tmp_path, "./a")
    (beta / "beta_module.py").write_text("VALUE = 2\n")
    second = run(tmp_path, "./a")
    assert not second.cached
    assert first.lock is not None
    assert str(tmp_path) not in first.lock
    assert first.lock != second.lock


def test_hawk_is_never_taken_from_an_index(tmp_path: Path, offline: None) -> None:
    make_package(tmp_path / "pkg", "alpha", dependencies=("hawk[runner]>=0.1",))
    lock = run(tmp_path, "./pkg", "hawk").lock
    assert lock is not None
    assert [line.split(" ")[0] for line in lock.splitlines()] == ["alpha"]


def test_a_git_package_is_pinned_to_its_commit(tmp_path: Path, offline: None) -> None:
    package = make_package(tmp_path / "repo", "alpha")
    git = ["git", "-C", str(package), "-c", "user.name=n", "-c", "user.email=e@example.com"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"]):
        subprocess.run([*git, *command], check=True)
    commit = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout
    lock = run(tmp_path, f"git+{package.as_uri()}").lock
    assert lock == f"alpha @ git+{package.as_uri()}@{commit.strip()}\n"
    missing = error_of(tmp_path, f"git+{package.as_uri()}@no-such-branch")
    assert isinstance(missing, PackageProblem)
    assert "no-such-branch" in missing.message


def test_git_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, offline: None) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    error = error_of(tmp_path, f"git+{tmp_path.as_uri()}/repo")
    assert isinstance(error, PackageProblem)
    assert "git was not found" in error.message


def test_a_package_that_does_not_exist(tmp_path: Path) -> None:
    error = error_of(tmp_path, "hawk-test-no-such-package-q7")
    assert isinstance(error, PackageProblem)
    assert error.message == "Package `hawk-test-no-such-package-q7` was not found in the package index."
    assert "--skip-dependency-validation" in (error.fix or "")


def test_pins_that_conflict(tmp_path: Path) -> None:
    target = RunnerTarget("3.11", "", ("six>=1.17",))
    error = error_of(tmp_path, "six==1.16.0", target=target)
    assert isinstance(error, PackageProblem)
    assert "six==1.16.0" in error.message
    assert "Hawk's runner needs six>=1.17." in error.message


def test_a_network_that_is_down_is_nobodys_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://someone:hunter2@127.0.0.1:9/simple")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    error = error_of(tmp_path, "six")
    assert isinstance(error, Unavailable)
    assert "hunter2" not in str(error)


def test_a_dependency_that_does_not_build(tmp_path: Path) -> None:
    broken = make_package(tmp_path / "b", "beta", description="broken")
    make_package(tmp_path / "a", "alpha", dependencies=(f"beta @ {broken.as_uri()}",))
    (broken / "pyproject.toml").write_text(
        (broken / "pyproject.toml").read_text().replace("dependencies = []", 'dynamic = ["dependencies"]')
    )
    error = error_of(tmp_path, "./a")
    assert isinstance(error, PackageProblem)
    assert "beta" in error.message
    assert "the compiler is on holiday" in error.message


def test_a_resolution_that_takes_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = tmp_path / "slow-uv"
    slow.write_text("#!/bin/sh\nsleep 60 & echo $! > " + str(tmp_path / "child") + "\nwait\n")
    slow.chmod(0o755)
    monkeypatch.setattr(uv, "find_uv", lambda: str(slow))
    monkeypatch.setattr(locking, "TIMEOUT", 0.5)
    error = error_of(tmp_path, "six")
    assert "did not finish" in error.message
    child = int((tmp_path / "child").read_text())
    wait_until_gone(child)


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return
        except FileNotFoundError:
            return
    pytest.fail(f"{pid} still runs")


def test_no_uv_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uv, "_packaged_uv", lambda: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    error = error_of(tmp_path, "six")
    assert isinstance(error, Unavailable)
    assert "pip install uv" in (error.fix or "")


def test_identical_requirements_build_once(tmp_path: Path, offline: None) -> None:
    package = make_package(tmp_path / "pkg", "alpha")
    found = run(tmp_path, "./pkg", str(package), "./pkg", f"alpha @ {package.as_uri()}")
    assert len(found.wheels) == 1
    assert builds(package) == ["alpha"]
