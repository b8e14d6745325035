from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.backends.execution.local.harness import Local


@pytest.fixture
def make_local(tmp_path: Path) -> Iterator[Callable[..., Local]]:
    made: list[Local] = []

    def make(**settings: Any) -> Local:
        made.append(Local(tmp_path / "home", **settings))
        return made[-1]

    yield make
    for local in made:
        local.end_all()


@pytest.fixture
def local(make_local: Callable[..., Local]) -> Local:
    return make_local()
