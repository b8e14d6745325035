"""A process that ends between any two steps leaves nothing that can't be finished or settled."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.jobs.crashing import OPERATIONS

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_crash_at_any_point_is_made_good(name: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.jobs.crashing", str(tmp_path), name],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert all(int(line.split()[1]) > 5 for line in done.stderr.splitlines() if line.startswith("points"))
