"""Which requirements name a package on this machine."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hawk.errors import PackageProblem
from hawk.packages.requirement import LocalPackage, local_package

NAMES = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,10}[A-Za-z0-9])?", fullmatch=True)
EXTRAS = st.lists(st.from_regex(r"[a-z][a-z0-9-]{0,5}", fullmatch=True), max_size=3)
VERSIONS = st.sampled_from(
    ["", "==1.0", ">=1,<2", " ; python_version < '3.12'", "~=1.4; sys_platform == 'linux'"]
)


@given(NAMES, EXTRAS, VERSIONS)
def test_a_name_is_never_a_path(name: str, extras: list[str], version: str) -> None:
    if re.search(r"\.(whl|zip|tar\.gz)$", name):
        return
    listed = f"[{','.join(extras)}]" if extras else ""
    assert local_package(f"{name}{listed}{version}", Path("/")) is None


@pytest.mark.parametrize(
    "address",
    [
        "git+https://github.com/a/b@main#subdirectory=c",
        "git+ssh://git@github.com/a/b",
        "name @ git+file:///tmp/x",
        "name[x] @ https://example.com/name-1.0-py3-none-any.whl",
        "https://example.com/a.tar.gz",
    ],
)
def test_a_remote_address_is_not_local(address: str) -> None:
    assert local_package(address, Path("/")) is None


@pytest.mark.parametrize(
    ("template", "extras", "marker"),
    [
        ("./pkg", (), ""),
        ("pkg/", (), ""),
        ("./pkg[foo, bar]", ("foo", "bar"), ""),
        ("{root}/pkg", (), ""),
        ("file://{root}/pkg", (), ""),
        ("name @ file://{root}/pkg", (), ""),
        ("name[foo] @ file://{root}/pkg", ("foo",), ""),
        ("name @ ./pkg ; python_version < '3.13'", (), "python_version < '3.13'"),
        ("~/pkg", (), ""),
    ],
)
def test_every_way_to_name_a_folder(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    template: str,
    extras: tuple[str, ...],
    marker: str,
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "pkg").mkdir()
    found = local_package(template.format(root=tmp_path), tmp_path)
    assert found == LocalPackage(tmp_path / "pkg", extras, marker)


def test_extras_and_markers_stay_with_the_package() -> None:
    package = LocalPackage(Path("/x"), ("a", "b"), "python_version < '4'")
    assert package.at("name", "hawk-wheel:0/f.whl") == "name[a,b] @ hawk-wheel:0/f.whl ; python_version < '4'"


def test_a_path_is_looked_up_beside_the_config_and_then_in_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configs, work = tmp_path / "configs", tmp_path / "work"
    (work / "pkg").mkdir(parents=True)
    configs.mkdir()
    monkeypatch.chdir(work)
    found = local_package("./pkg", configs)
    assert found is not None
    assert found.path == work / "pkg"
    (configs / "pkg").mkdir()
    found = local_package("./pkg", configs)
    assert found is not None
    assert found.path == configs / "pkg"
    with pytest.raises(PackageProblem) as caught:
        local_package("./other", configs)
    assert str(configs / "other") in caught.value.message
    assert str(work / "other") in caught.value.message


@pytest.mark.parametrize("text", ["-r /etc/passwd", "--index-url=http://x", "six\n-e .", "", "  "])
def test_options_of_uv_are_not_packages(text: str) -> None:
    with pytest.raises(PackageProblem, match="is not a package"):
        local_package(text, Path("/"))
