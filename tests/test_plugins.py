from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from hawk import plugins
from hawk.backends.execution.local.backend import LocalBackend
from hawk.errors import Unavailable
from hawk.settings import Settings


def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, config_home=tmp_path)


def test_the_local_backend_is_there_even_where_the_metadata_is_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plugins, "entry_points", lambda group: ())
    found = plugins.execution_backends(settings(tmp_path))
    assert isinstance(found["local"], LocalBackend)
    assert found["local"].name == "local"


def test_a_plugin_is_found_beside_it_and_cannot_take_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = f"{__name__}:OtherBackend"
    points = tuple(EntryPoint(name, value, plugins.EXECUTION) for name in ("other", "local"))
    monkeypatch.setattr(plugins, "entry_points", lambda group: points)
    found = plugins.execution_backends(settings(tmp_path), inherit_environment=False)
    assert list(found) == ["local", "other"]
    assert isinstance(found["local"], LocalBackend)
    assert found["other"].inherit_environment is False


@pytest.mark.parametrize("value", ["nowhere.to.be:Found", "hawk.plugins:Missing"])
def test_a_broken_plugin_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    point = EntryPoint("broken", value, plugins.EXECUTION)
    monkeypatch.setattr(plugins, "entry_points", lambda group: (point,))
    with pytest.raises(Unavailable, match=r"'broken' \(.*\) can't be loaded"):
        plugins.execution_backends(settings(tmp_path))


class OtherBackend:
    def __init__(self, settings: Settings, *, inherit_environment: bool) -> None:
        self.inherit_environment = inherit_environment
